using DiffusionLsp.Engine.Checkpoints;
using TorchSharp;

namespace DiffusionLsp.Engine.Models;

/// <summary>What is asked of a canvas.</summary>
/// <param name="Canvas">The canvas.</param>
/// <param name="Rows">Positions of the canvas, ascending (length R).</param>
internal sealed record CanvasRows(Canvas Canvas, IReadOnlyList<int> Rows);

/// <summary>What a network says of several canvases.</summary>
/// <param name="Logits">Raw logits of each, fp32 [R, V].</param>
/// <param name="Forwards">The forward passes that it took.</param>
internal sealed record PackedLogits(IReadOnlyList<torch.Tensor> Logits, int Forwards);

/// <summary>
/// Spans of several lengths over one context whose keys and values are cached, side by side in one sequence: each sees the
/// context and itself, and no other. The suffix stands where one span left it; for each other span its keys are turned by
/// the difference, so that no span sees a gap.
/// </summary>
internal sealed record SpanPack
{
    /// <summary>The token of each row, length R: those of one span after those of another.</summary>
    public required long[] Ids { get; init; }

    /// <summary>The token before each row's, as far as the row may see it.</summary>
    public required long[] Previous { get; init; }

    /// <summary>Where each row stands on its canvas.</summary>
    public required long[] Positions { get; init; }

    /// <summary>The number of rows of each span, length N.</summary>
    public required long[] Counts { get; init; }

    /// <summary>By how many positions the suffix of each span stands behind the cached one, length N.</summary>
    public required long[] Moves { get; init; }

    /// <summary>The rows whose logits are asked for, and how many for each span.</summary>
    public required (long[] Rows, long[] Counts) Asked { get; init; }

    /// <summary>The slots of the prefix.</summary>
    public required SlotRange Prefix { get; init; }

    /// <summary>The slots of the suffix.</summary>
    public required SlotRange Suffix { get; init; }

    /// <summary>Lays the spans side by side.</summary>
    /// <param name="pattern">What the network's rows see.</param>
    /// <param name="asked">The canvases, all of one context. A row before the span is computed with it.</param>
    /// <param name="prefixSlot">The slot of the prefix' first token.</param>
    /// <param name="suffix">The slots of the suffix.</param>
    /// <param name="suffixPosition">Where its cached keys have it.</param>
    public static SpanPack Of(
        AttentionPattern pattern, IReadOnlyList<CanvasRows> asked, int prefixSlot, SlotRange suffix, int suffixPosition)
    {
        List<long> ids = [], previous = [], positions = [], rows = [];
        int start = asked.Min(each => Math.Min(each.Canvas.SpanStart, each.Rows[0]));
        foreach (var (canvas, wanted) in asked)
        {
            rows.AddRange(wanted.Select(row => (long)(ids.Count + row - start)));
            ids.AddRange(canvas.Ids.Take(canvas.SpanEnd).Skip(start).Select(id => (long)id));
            previous.AddRange(CanvasContext.Previous(pattern, canvas)[start..canvas.SpanEnd]);
            positions.AddRange(Enumerable.Range(start, canvas.SpanEnd - start).Select(position => (long)position));
        }

        return new SpanPack
        {
            Ids = [.. ids],
            Previous = [.. previous],
            Positions = [.. positions],
            Counts = [.. asked.Select(each => (long)(each.Canvas.SpanEnd - start))],
            Moves = [.. asked.Select(each => (long)(each.Canvas.SpanEnd - suffixPosition))],
            Asked = ([.. rows], [.. asked.Select(each => (long)each.Rows.Count)]),
            Prefix = new SlotRange(prefixSlot, start),
            Suffix = suffix,
        };
    }
}
