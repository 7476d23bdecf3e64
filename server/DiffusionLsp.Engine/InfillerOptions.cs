namespace DiffusionLsp.Engine;

/// <summary>What to load and where to run it.</summary>
public sealed record InfillerOptions
{
    /// <summary>The most tokens of a canvas where nobody asks for another number.</summary>
    public const int UsualContextTokens = 2048;

    /// <summary>The checkpoint's folder (config.json, tokenizer.json, safetensors).</summary>
    public required string ModelFolder { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>
    /// <c>auto</c>, <c>bf16</c>, <c>fp16</c> or <c>fp32</c>; or <c>int8</c>: matrices in eight bits, and what is computed in the
    /// type that <c>auto</c> takes.
    /// </summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>
    /// The most tokens that a canvas may have, although the model could read more: a bidirectional model computes
    /// every one of them in every step.
    /// </summary>
    public int ContextTokens { get; init; } = UsualContextTokens;

    /// <summary>What is known of the model beside its files.</summary>
    public ModelCard Card { get; init; } = ModelCard.Blank;

    /// <summary>
    /// Told while the model is loaded which share of its weights is there, from 0 to 1 and never falling, on the thread that
    /// loads; null tells nobody.
    /// </summary>
    public Action<double>? OnLoaded { get; init; }

    /// <summary>Whether what was computed may be used again in the next step and for the next request.</summary>
    public Caching Caching { get; init; } = Caching.Kept;
}

/// <summary>Whether the engine keeps what it has computed.</summary>
public enum Caching
{
    /// <summary>It keeps what the model's attention pattern allows to keep.</summary>
    Kept,

    /// <summary>It computes the whole canvas in every step: slow, and what every faster path is held against.</summary>
    None,
}
