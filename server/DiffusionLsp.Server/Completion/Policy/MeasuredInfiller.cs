using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Completion.Policy;

/// <summary>
/// An infiller that was timed once, when it was loaded: its description says what a forward pass takes. Once and not all
/// the time, since what a request may spend is worked out from it, and an answer must not depend on what else the machine
/// has to do.
/// </summary>
internal sealed class MeasuredInfiller : IInfiller
{
    // Long enough for any window; what it says does not matter.
    private static readonly string _text = string.Concat(Enumerable.Range(0, 1200).Select(i => $"value_{i} = {i}\n"));

    private readonly IInfiller _inner;

    private MeasuredInfiller(IInfiller inner, double milliseconds)
    {
        _inner = inner;
        Model = inner.Model with { MillisecondsPerForward = milliseconds };
    }

    /// <inheritdoc/>
    public ModelDescription Model { get; }

    /// <summary>Times an infiller and takes it over.</summary>
    public static MeasuredInfiller Of(IInfiller inner)
    {
        try
        {
            // The first pass warms up what every later one finds warm.
            Forward(inner);
            return new MeasuredInfiller(inner, Math.Min(Forward(inner), Forward(inner)));
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token) =>
        _inner.Infill(request, onStep, token);

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();

    private static double Forward(IInfiller infiller)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        InfillResult result = infiller.Infill(
            new InfillRequest { Prefix = _text, Suffix = "", MaxForwards = 1, DraftLogOdds = 0 }, onStep: null, CancellationToken.None);

        // On a machine that is busy just then most of the time is spent waiting for a processor; what the pass used of one is
        // the better figure. A GPU's work is not in it.
        double worked = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
        double milliseconds = infiller.Model.Device == "cpu" ? Math.Min(result.Milliseconds, worked) : result.Milliseconds;
        return milliseconds / Math.Max(1, result.Forwards);
    }
}
