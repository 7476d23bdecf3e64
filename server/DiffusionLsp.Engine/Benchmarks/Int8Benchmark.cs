using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tokenization;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Benchmarks;

/// <summary>What a model in eight bits costs and saves against the type that the machine computes in.</summary>
public static class Int8Benchmark
{
    private const int Rounds = 3;
    private const int Context = 512;
    private const int Masks = 16;
    private const int Steps = 8;
    private const int Before = 96;
    private const int After = 32;

    /// <summary>
    /// How often a model in eight bits takes the same token as the whole one, at positions of texts that stand alone in a gap.
    /// </summary>
    /// <param name="options">The model.</param>
    /// <param name="texts">Texts; what is too short is passed over.</param>
    /// <param name="positions">How many positions.</param>
    /// <param name="token">Stops it.</param>
    public static double Agreement(
        InfillerOptions options, IEnumerable<string> texts, int positions, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        var tokenizer = CodeTokenizer.Load(options.ModelFolder);
        using var whole = Load(options, WeightFormat.AsTheyAre);
        using var rounded = Load(options, WeightFormat.Int8);
        var config = ModelConfig.Load(options.ModelFolder);
        int seen = 0;
        int agreed = 0;
        foreach (var canvas in Gaps(texts, tokenizer, config.MaskTokenId).Take(positions))
        {
            seen++;
            agreed += Best(whole, canvas, token) == Best(rounded, canvas, token) ? 1 : 0;
        }

        return seen == 0 ? throw new EngineException("There is no text to compare on.") : (double)agreed / seen;
    }

    /// <summary>A middle of 16 tokens, two for each forward pass, with a checkpoint as it is and in eight bits.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="token">Stops it.</param>
    /// <returns>Median milliseconds: as it is, and in eight bits.</returns>
    public static (double Whole, double Rounded) InfillMilliseconds(string folder, CancellationToken token)
    {
        using var whole = CheckpointBenchmark.Load(folder, "auto", Context + Masks);
        using var rounded = CheckpointBenchmark.Load(folder, CheckpointBenchmark.Int8, Context + Masks);
        double[] times = Timing.Medians(CPU, Rounds, () => Infill(whole, token), () => Infill(rounded, token));
        return (times[0], times[1]);
    }

    /// <summary>The bytes of all matrices in eight bits and of the scratch memory, of the shape of <see cref="ShapeBenchmark"/>.</summary>
    public static long Bytes()
    {
        TorchRuntime.EnsureLoaded();
        var placement = new Placement(CPU, bfloat16);
        var network = RandomWeights.Network(ShapeBenchmark.Shape, placement);
        using var rounded = new FusedNetwork(
            network, FusedWeights.Of(network, placement, WeightFormat.Int8), ShapeBenchmark.Shape, Context);
        return rounded.MatrixBytes + rounded.ScratchBytes;
    }

    private static IMaskPredictor Load(InfillerOptions options, WeightFormat format)
    {
        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(options.ModelFolder);
        var placement = new Placement(CPU, TorchRuntime.SelectDtype(options.Dtype, CPU));
        return MaskPredictors.Load(checkpoint, placement, Context, new PredictorLoading { Format = format });
    }

    private static IEnumerable<Canvas> Gaps(IEnumerable<string> texts, CodeTokenizer tokenizer, int mask)
    {
        foreach (string text in texts)
        {
            int[] ids = [.. tokenizer.Encode(text)];
            for (int at = Before; at + 1 + After <= ids.Length; at += 3)
            {
                yield return new Canvas(ids[(at - Before)..at], 1, ids[(at + 1)..(at + 1 + After)], mask);
            }
        }
    }

    private static long Best(IMaskPredictor predictor, Canvas canvas, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        return predictor.Predict(canvas, canvas.MaskedPositions(), token).argmax(1).item<long>();
    }

    private static void Infill(IMaskPredictor predictor, CancellationToken token)
    {
        var canvas = new Canvas([.. Enumerable.Range(0, Context)], Masks, [], ShapeBenchmark.Shape.MaskTokenId);
        for (int step = 0; step < Steps; step++)
        {
            var masked = canvas.MaskedPositions();
            predictor.Predict(canvas, masked, token).Dispose();
            canvas.Commit(masked[0], step);
            canvas.Commit(masked[1], step);
        }
    }
}
