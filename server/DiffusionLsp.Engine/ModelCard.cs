using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine;

/// <summary>
/// What is known of a model and its files do not say, or say wrongly: what its authors document. Null leaves it to the
/// files, and where these are silent to the family.
/// </summary>
public sealed record ModelCard
{
    /// <summary>Nothing is known.</summary>
    public static ModelCard Blank { get; } = new();

    /// <summary>Whether the logits at a position predict the next one.</summary>
    public bool? LogitShift { get; init; }

    /// <summary>The longest canvas that the model was trained for, in tokens, although its config may inherit a longer one.</summary>
    public int? Context { get; init; }

    /// <summary>Whether the token that begins a text stands before the prefix.</summary>
    public bool? BosBeforePrefix { get; init; }

    /// <summary>Whether the token that ends a text stands behind the suffix.</summary>
    public bool? EosAfterSuffix { get; init; }

    /// <summary>The number of masks that a canvas starts with, where the config recommends none.</summary>
    public int? InitialMasks { get; init; }

    /// <summary>The longest middle in tokens, where the config recommends none.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>A config with what is known filled in.</summary>
    internal ModelConfig Complete(ModelConfig config) => config with
    {
        LogitShift = LogitShift ?? config.LogitShift,
        MaxPositionEmbeddings = Math.Min(Context ?? config.MaxPositionEmbeddings, config.MaxPositionEmbeddings),
        BosBeforePrefix = BosBeforePrefix ?? config.BosBeforePrefix,
        EosAfterSuffix = EosAfterSuffix ?? config.EosAfterSuffix,
        Diffusion = config.Diffusion with
        {
            InitialMasks = config.Diffusion.InitialMasks ?? InitialMasks,
            MaxNewTokens = config.Diffusion.MaxNewTokens ?? MaxNewTokens,
        },
    };
}
