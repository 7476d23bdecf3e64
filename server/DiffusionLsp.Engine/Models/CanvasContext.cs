using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine.Models;

/// <summary>What the positions of a canvas know of their neighbours, beside what attention shows them.</summary>
internal static class CanvasContext
{
    /// <summary>
    /// The id before each position, its own where there is none or where the pattern hides it: the suffix of a
    /// context-causal canvas does not see the span.
    /// </summary>
    public static long[] Previous(AttentionPattern pattern, Canvas canvas)
    {
        var previous = new long[canvas.Ids.Count];
        for (int position = 0; position < previous.Length; position++)
        {
            bool isHidden = position == 0
                || (position == canvas.SpanEnd && pattern == AttentionPattern.ContextCausal);
            previous[position] = canvas.Ids[isHidden ? position : position - 1];
        }

        return previous;
    }

    /// <summary>
    /// The positions of prefix and suffix that are followed by another one of the same side, and the ids that follow:
    /// what the span may copy.
    /// </summary>
    public static (long[] Sources, long[] Followers) Copyable(Canvas canvas)
    {
        int[] sources =
        [
            .. Enumerable.Range(0, Math.Max(0, canvas.SpanStart - 1)),
            .. Enumerable.Range(canvas.SpanEnd, Math.Max(0, canvas.Ids.Count - canvas.SpanEnd - 1)),
        ];
        return ([.. sources.Select(source => (long)source)], [.. sources.Select(source => (long)canvas.Ids[source + 1])]);
    }
}
