using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>Which tokens a model expects around the text.</summary>
internal sealed record PromptLayout
{
    /// <summary>The token before the prefix; null where the model was trained without.</summary>
    public int? Start { get; init; }

    /// <summary>The token after the suffix; null where the model was trained without.</summary>
    public int? End { get; init; }

    /// <summary>
    /// The token that stands for nothing in front of the gap, where the model predicts every token from the one
    /// before it; null where an empty prefix needs none or there is none.
    /// </summary>
    public int? EmptyPrefix { get; init; }

    /// <summary>The layout of a model: <c>[start] prefix span suffix [end]</c>, or without one or both of the ends.</summary>
    public static PromptLayout For(ModelConfig config) => new()
    {
        Start = config.BosBeforePrefix ? config.BosTokenId : null,
        End = config.EosAfterSuffix ? config.EosTokenId : null,
        EmptyPrefix = config.LogitShift ? config.BosTokenId ?? config.EosTokenId ?? config.PadTokenId : null,
    };
}
