namespace DiffusionLsp.Engine;

/// <summary>What to load and where to run it.</summary>
public sealed record InfillerOptions
{
    /// <summary>The checkpoint's folder (config.json, tokenizer.json, safetensors).</summary>
    public required string ModelFolder { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary><c>auto</c>, <c>bf16</c>, <c>fp16</c> or <c>fp32</c>.</summary>
    public string Dtype { get; init; } = "auto";
}
