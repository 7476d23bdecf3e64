using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Everything that decides what a training run computes; saved in the run's <c>run.json</c>, so that a resumed run
/// continues with the same values. <see cref="FitSettings"/> says which of them may change later.
/// </summary>
internal sealed record FitOptions
{
    /// <summary>How run.json holds the options: names in snake case.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Seed of the weights and of every batch.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Optimizer steps in all.</summary>
    public int Steps { get; init; } = 4000;

    /// <summary>Steps over which the rate rises from 0.</summary>
    public int WarmupSteps { get; init; } = 50;

    /// <summary>Steps at the end over which the rate falls linearly to 0.</summary>
    public int DecaySteps { get; init; } = 1500;

    /// <summary>Sequences a step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Tokens of context (prefix and suffix) in a sequence.</summary>
    public int ContextLength { get; init; } = 384;

    /// <summary>The most tokens of context for the beginning of a document that the context does not reach.</summary>
    public int HeaderTokens { get; init; } = 48;

    /// <summary>Positions of a sequence for noisy copies of its span.</summary>
    public int NoisyLength { get; init; } = 96;

    /// <summary>The longest span, delete tokens included.</summary>
    public int MaxSpan { get; init; } = 24;

    /// <summary>
    /// The share of neighbouring masks that a copy merges into one whose target is the expand token (DreamOn); 0 teaches
    /// no expanding, and spans end in delete tokens alone.
    /// </summary>
    public double ExpandShare { get; init; }

    /// <summary>What moves the matrices of the layers.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<MatrixRule>))]
    public MatrixRule MatrixRule { get; init; }

    /// <summary>The rate for the matrices of the layers.</summary>
    public double MatrixRate { get; init; } = 0.02;

    /// <summary>AdamW's rate for embeddings and norms.</summary>
    public double VectorRate { get; init; } = 0.003;

    /// <summary>AdamW's rate for an embedding that is not tied to the head; its entries begin with deviation 1.</summary>
    public double EmbeddingRate { get; init; } = 0.1;

    /// <summary>Weight of the span's masked loss against the context's next-token loss.</summary>
    public double SpanWeight { get; init; } = 1.0;

    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 200;

    /// <summary>Steps between validations.</summary>
    public int ValidateEvery { get; init; } = 200;

    /// <summary>How much of the weights' running average a step keeps, once it is warm.</summary>
    public double EmaDecay { get; init; } = 0.998;

    /// <summary>
    /// Minutes of training after which the run ends, whatever its step; null: it ends after <see cref="Steps"/>. The
    /// rate then falls over the share DecaySteps / Steps of that time.
    /// </summary>
    public double? Minutes { get; init; }

    /// <summary>The rate's factor at a step, from 0: warm-up, plateau, linear decay.</summary>
    public double RateFactor(int step) =>
        Math.Min(WarmupFactor(step), (double)(Steps - step) / Math.Max(1, DecaySteps));

    /// <summary>The same where the clock may end the run.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="seconds">Seconds spent in them.</param>
    public double RateFactor(int step, double seconds) => Minutes is null
        ? RateFactor(step)
        : Math.Min(WarmupFactor(step), Math.Max(0, 1 - ShareDone(step, seconds)) * Steps / Math.Max(1, DecaySteps));

    /// <summary>How much of the run is done, from 0; at 1 and above it is at its end.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="seconds">Seconds spent in them.</param>
    public double ShareDone(int step, double seconds) =>
        Minutes is { } minutes ? seconds / (60 * minutes) : (double)step / Steps;

    private double WarmupFactor(int step) => Math.Min(1.0, (step + 1.0) / Math.Max(1, WarmupSteps));
}

/// <summary>An update rule for the matrices of the layers.</summary>
internal enum MatrixRule
{
    /// <summary>Muon: the momentum's direction, orthogonalized.</summary>
    Muon,

    /// <summary>AdamW, as for the vectors, at the matrices' rate.</summary>
    AdamW,
}
