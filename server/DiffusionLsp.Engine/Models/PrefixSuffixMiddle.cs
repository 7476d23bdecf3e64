using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// The order in which a network that writes from left to right reads a canvas, as Bavarian et al. (arXiv 2207.14255)
/// arrange it: <c>[prefix | begin | suffix | mask | middle so far]</c>. The begin token parts prefix and suffix, the
/// mask says that the middle begins, and a delete token ends it.
/// </summary>
internal static class PrefixSuffixMiddle
{
    /// <summary>The token between prefix and suffix; the mask where the model has no begin token.</summary>
    public static int Border(ModelConfig config) => config.BosTokenId ?? config.MaskTokenId;

    /// <summary>The reordered canvas, all of it context.</summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="firstMasked">Its first masked position; what stands behind it in the span is left out.</param>
    /// <param name="config">Names the tokens.</param>
    public static Canvas Of(Canvas canvas, int firstMasked, ModelConfig config)
    {
        var ids = canvas.Ids;
        return new Canvas(
            [
                .. ids.Take(canvas.SpanStart), Border(config),
                .. ids.Skip(canvas.SpanEnd), config.MaskTokenId,
                .. ids.Take(firstMasked).Skip(canvas.SpanStart),
            ],
            masks: 0,
            suffix: [],
            config.MaskTokenId);
    }
}
