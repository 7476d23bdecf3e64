using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Ablation;

/// <summary>What came of a run, read from its folder.</summary>
internal sealed record AblationRow
{
    /// <summary>How many steps before the last the training losses are the mean of.</summary>
    private const int LastSteps = 100;

    /// <summary>The run's name.</summary>
    public required string Name { get; init; }

    /// <summary>The number of weights; null before the first checkpoint.</summary>
    public long? Parameters { get; init; }

    /// <summary>Steps of the newest checkpoint.</summary>
    public required int Steps { get; init; }

    /// <summary>Tokens of context in those steps.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds spent in those steps.</summary>
    public required double Seconds { get; init; }

    /// <summary>Tokens a second; null before the first checkpoint.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>The training losses at the end.</summary>
    public double? NextToken { get; init; }

    /// <inheritdoc cref="NextToken"/>
    public double? Span { get; init; }

    /// <summary>The losses of the averaged weights on held-out text at the end.</summary>
    public double? HeldOutNextToken { get; init; }

    /// <inheritdoc cref="HeldOutNextToken"/>
    public double? HeldOutSpan { get; init; }

    /// <summary>Why the run has no end; null where it has one.</summary>
    public string? Failure { get; init; }

    /// <summary>Reads the folder of a run.</summary>
    public static AblationRow Of(string name, RunPlan plan, CheckpointRecord? newest)
    {
        var log = new RunLog(plan.Folder.Folder).Read();
        int steps = newest?.Step ?? 0;
        double seconds = newest?.Seconds ?? 0;
        long tokens = (long)steps * plan.Options.BatchSize * plan.Options.ContextLength;
        var training = log.Where(entry => entry.Span is not null && entry.Step <= steps && entry.Step > steps - LastSteps).ToList();
        var heldOut = log.LastOrDefault(entry => entry.HeldOutSpan is not null && entry.Step <= steps);
        return new AblationRow
        {
            Name = name,
            Parameters = ParametersOf(plan.Folder),
            Steps = steps,
            Tokens = tokens,
            Seconds = seconds,
            TokensPerSecond = seconds > 0 ? tokens / seconds : null,
            NextToken = training.Average(entry => entry.NextToken),
            Span = training.Average(entry => entry.Span),
            HeldOutNextToken = heldOut?.HeldOutNextToken,
            HeldOutSpan = heldOut?.HeldOutSpan,
        };
    }

    private static long? ParametersOf(TrainingRun run)
    {
        if (run.Checkpoints() is not [var (_, path), ..])
        {
            return null;
        }

        using var weights = SafetensorsReader.Open(Path.Combine(path, RunState.WeightsFile));
        return weights.Tensors.Values.Sum(tensor => tensor.ElementCount);
    }
}
