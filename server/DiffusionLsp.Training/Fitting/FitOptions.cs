using System.Text.Json;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Everything that decides what a training run computes; saved as <c>run.json</c> in the run's folder, so that a
/// resumed run continues with the same values. Steps may be raised later.
/// </summary>
internal sealed record FitOptions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
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

    /// <summary>Positions of a sequence for noisy copies of its span.</summary>
    public int NoisyLength { get; init; } = 96;

    /// <summary>The longest span, delete tokens included.</summary>
    public int MaxSpan { get; init; } = 24;

    /// <summary>Muon's rate for the matrices of the layers.</summary>
    public double MatrixRate { get; init; } = 0.02;

    /// <summary>AdamW's rate for embeddings and norms.</summary>
    public double VectorRate { get; init; } = 0.003;

    /// <summary>AdamW's rate for an embedding that is not tied to the head; its entries begin with deviation 1.</summary>
    public double EmbeddingRate { get; init; } = 0.1;

    /// <summary>Weight of the span's masked loss against the context's next-token loss.</summary>
    public double SpanWeight { get; init; } = 1.0;

    /// <summary>
    /// Tokens of the corpus that are counted for the first embedding and head; 0 begins with random ones.
    /// </summary>
    public long CountedTokens { get; init; } = 200_000_000;

    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 200;

    /// <summary>Steps between validations.</summary>
    public int ValidateEvery { get; init; } = 200;

    /// <summary>The rate's factor at a step, from 0: warm-up, plateau, linear decay.</summary>
    public double RateFactor(int step)
    {
        double warm = Math.Min(1.0, (step + 1.0) / Math.Max(1, WarmupSteps));
        double left = Math.Min(1.0, (double)(Steps - step) / Math.Max(1, DecaySteps));
        return Math.Min(warm, left);
    }

    /// <summary>Reads the options of a run.</summary>
    public static FitOptions Load(string path) =>
        JsonSerializer.Deserialize<FitOptions>(File.ReadAllText(path), Json)
        ?? throw new InvalidDataException($"{path} holds no options; start the run in a new folder.");

    /// <summary>Writes the options of a run.</summary>
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json));
}
