using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Benchmarks;

/// <summary>
/// Times whole infills of a fixed number of tokens with a real model: as the product makes them, and with one token for each
/// forward pass, from the same network over the same caches.
/// </summary>
public sealed class MiddleBenchmark : IDisposable
{
    private readonly DiffusionInfiller _infiller;
    private int _salt;

    /// <summary>Loads the model; its spans are as long as they are asked for, since it may neither delete nor expand.</summary>
    /// <param name="options">The model and where it runs.</param>
    /// <exception cref="EngineException">It cannot be loaded.</exception>
    public MiddleBenchmark(InfillerOptions options)
    {
        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(options.ModelFolder);
        var device = TorchRuntime.SelectDevice(options.Device, neededBytes: 0);
        var placement = new Placement(device, TorchRuntime.SelectDtype(options.Dtype, device));
        int longest = Math.Min(checkpoint.Config.MaxPositionEmbeddings, options.ContextTokens);
        var fixedLength = checkpoint.Config with { DeleteTokenId = null, ExpandTokenId = null };
        _infiller = new DiffusionInfiller(
            MaskPredictors.Load(checkpoint, placement, longest, new PredictorLoading()),
            CodeTokenizer.Load(options.ModelFolder),
            fixedLength,
            new ModelDescription(
                "fixed length", options.ModelFolder, fixedLength.ModelType, device.ToString(),
                Timing.NameOf(placement.Dtype), checkpoint.ParameterCount, longest));
    }

    /// <summary>Times middles of some number of tokens in each gap.</summary>
    /// <param name="gaps">The text around each.</param>
    /// <param name="tokens">The number of tokens.</param>
    /// <param name="token">Stops it.</param>
    public MiddleTimes Measure(IReadOnlyList<(string Prefix, string Suffix)> gaps, int tokens, CancellationToken token)
    {
        List<double> careful = [], fast = [], warmCareful = [], warmFast = [];
        int forwards = 0;
        foreach (var (prefix, suffix) in gaps)
        {
            // A first line that no other request has: nothing of the context is cached.
            careful.Add(Infill(Salted(prefix), suffix, tokens, InfillRequest.OneTokenAStep, token).Milliseconds);
            var result = Infill(Salted(prefix), suffix, tokens, rule: null, token);
            fast.Add(result.Milliseconds);
            forwards += result.Forwards;
            string again = Salted(prefix);
            Infill(again, suffix, tokens, rule: null, token);
            warmCareful.Add(Infill(again, suffix, tokens, InfillRequest.OneTokenAStep, token).Milliseconds);
            warmFast.Add(Infill(again, suffix, tokens, rule: null, token).Milliseconds);
        }

        return new MiddleTimes(
            Spread.Of(careful), Spread.Of(fast), Spread.Of(warmCareful), Spread.Of(warmFast), (double)tokens * gaps.Count / forwards);
    }

    /// <inheritdoc/>
    public void Dispose() => _infiller.Dispose();

    private string Salted(string prefix) => $"# {++_salt} {_salt * 7919}\n{prefix}";

    private InfillResult Infill(string prefix, string suffix, int tokens, string? rule, CancellationToken token) =>
        _infiller.Infill(
            new InfillRequest { Prefix = prefix, Suffix = suffix, MaxTokens = tokens, InitialMasks = tokens, CommitRule = rule },
            onStep: null, token);
}

/// <summary>Milliseconds of an infill.</summary>
/// <param name="Careful">One token for each forward pass, nothing cached.</param>
/// <param name="Fast">As the product does it, nothing cached.</param>
/// <param name="WarmCareful">One token for each forward pass, the context cached.</param>
/// <param name="WarmFast">As the product does it, the context cached.</param>
/// <param name="TokensPerForward">Tokens for each forward pass of the product's way.</param>
public sealed record MiddleTimes(Spread Careful, Spread Fast, Spread WarmCareful, Spread WarmFast, double TokensPerForward)
{
    /// <summary>How many times as fast the product's way is on average, nothing cached.</summary>
    public double Speedup => Careful.Mean / Fast.Mean;

    /// <summary>How many times as fast the product's way is on average, the context cached.</summary>
    public double WarmSpeedup => WarmCareful.Mean / WarmFast.Mean;
}

/// <summary>How a time spreads, in milliseconds.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="P50">The median.</param>
/// <param name="P95">What 95 in 100 do not exceed.</param>
public sealed record Spread(double Mean, double P50, double P95)
{
    /// <summary>The spread of some times, at least one; the nearest rank each time.</summary>
    public static Spread Of(IReadOnlyCollection<double> times)
    {
        double[] sorted = [.. times.Order()];
        return new Spread(sorted.Average(), At(0.5), At(0.95));

        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
