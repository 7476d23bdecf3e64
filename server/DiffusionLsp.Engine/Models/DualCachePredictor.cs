using DiffusionLsp.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// A bidirectional network over the dual cache of Fast-dLLM (Wu et al. 2025, arXiv 2505.22618): one pass over the whole
/// canvas, then only the span and its neighbours, over the keys and values that the rest of the canvas had in the last whole
/// pass. An approximation, since every commit changes what the rest would be; <see cref="DualCacheRule"/> says how often
/// everything is computed anew. A cache serves one canvas, so that an answer does not depend on what was asked before.
/// </summary>
internal sealed class DualCachePredictor : IMaskPredictor
{
    private const int SlotBucket = 128;

    private readonly FusedNetwork _network;
    private readonly DualCacheRule _rule;
    private KeyValueCache? _cache;
    private Tensor? _copyKeys;
    private Canvas? _canvas;
    private int _length;
    private int _windowPasses;

    // The spans that share the cache with the canvas that it was filled by.
    private Canvas[] _together = [];

    /// <summary>Makes the predictor; it takes over the network.</summary>
    public DualCachePredictor(FusedNetwork network, DualCacheRule rule)
    {
        _network = network;
        _rule = rule;
    }

    /// <inheritdoc/>
    public Tensor Predict(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        int length = canvas.Ids.Count;
        bool isCurrent = IsCurrent(canvas);
        int first = isCurrent ? Math.Clamp(canvas.SpanStart - _rule.Neighbours, 0, rows[0]) : 0;
        int end = isCurrent ? Math.Min(canvas.SpanEnd + _rule.Neighbours, length) : length;

        // A pass that is cut short leaves nothing to go on from.
        _canvas = null;
        _together = [];
        var cache = CacheFor(length);
        var hidden = _network.Run(PassOver(canvas, first, end), cache, token);                       // [end - first, C]
        (_canvas, _length, _windowPasses) = (canvas, length, isCurrent ? _windowPasses + 1 : 0);

        var (normed, logits) = _network.Head(hidden, [.. rows.Select(row => (long)(row - first))]);
        return Copied(hidden, first, canvas, normed, logits).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The context is what it was for the longest of the spans before anything was committed, for all of them and in all
    /// steps; the neighbours are not computed again.
    /// </remarks>
    public PackedLogits PredictTogether(IReadOnlyList<CanvasRows> asked, CancellationToken token)
    {
        using var inference = inference_mode();
        if (_canvas is { } known && asked.All(each => _together.Contains(each.Canvas)))
        {
            return new PackedLogits(Packed(known, asked, token), 1);
        }

        var longest = asked.MaxBy(each => each.Canvas.SpanLength)!;
        var first = Predict(longest.Canvas, longest.Rows, token);                                    // [R, V]
        _together = [.. asked.Select(each => each.Canvas)];
        CanvasRows[] others = [.. asked.Where(each => each != longest)];
        var packed = others.Length == 0 ? [] : Packed(longest.Canvas, others, token);
        return new PackedLogits(
            [.. asked.Select(each => each == longest ? first : packed[Array.IndexOf(others, each)])], others.Length == 0 ? 1 : 2);
    }

    private Tensor[] Packed(Canvas filled, IReadOnlyList<CanvasRows> asked, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        int end = filled.SpanEnd;
        var pack = SpanPack.Of(
            AttentionPattern.Bidirectional, asked, prefixSlot: 0, new SlotRange(end, filled.Ids.Count - end), suffixPosition: end);
        var hidden = _network.Run(pack, _cache!, token);                                             // [rows of pack, C]
        var (normed, logits) = _network.Head(hidden, pack.Asked.Rows);
        return [.. Mixed(filled, normed, logits).split(pack.Asked.Counts).Select(each => each.MoveToOuterDisposeScope())];
    }

    private bool IsCurrent(Canvas canvas) =>
        ReferenceEquals(_canvas, canvas) && _length == canvas.Ids.Count && _windowPasses < _rule.MostWindowPasses;

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache?.Dispose();
        _copyKeys?.Dispose();
        _network.Dispose();
    }

    /// <summary>Room for the canvas, in lengths that a growing span seldom leaves.</summary>
    private KeyValueCache CacheFor(int length)
    {
        if (_cache is not null && _cache.Slots >= length)
        {
            return _cache;
        }

        _cache?.Dispose();
        _copyKeys?.Dispose();
        int slots = (length + SlotBucket - 1) / SlotBucket * SlotBucket;
        _copyKeys = _network.Config.CopyHeadDim is { } size
            ? empty([slots, size], _network.Placement.Dtype, Device).DetachFromDisposeScope()        // [S, copy size]
            : null;
        return _cache = new KeyValueCache(_network.Config, slots, _network.Placement, KeyTurning.Once);
    }

    private Device Device => _network.Placement.Device;

    /// <summary>The logits mixed with what the rows of the span point at in the context.</summary>
    private Tensor Copied(Tensor hidden, int first, Canvas canvas, Tensor rows, Tensor logits)
    {
        if (_network.Plain.CopyHead is { } head)
        {
            _ = _copyKeys!.narrow(0, first, hidden.shape[0]).copy_(head.Keys(_network.Normed(hidden)));
        }

        return Mixed(canvas, rows, logits);
    }

    private Tensor Mixed(Canvas canvas, Tensor rows, Tensor logits)
    {
        var (sources, followers) = CanvasContext.Copyable(canvas);
        if (_network.Plain.CopyHead is not { } head || sources.Length == 0)
        {
            return logits;
        }

        var keys = _copyKeys!.index_select(0, tensor(sources, int64, Device));                        // [S, copy size]
        return head.Mixed(logits, rows, keys, ones(sources.Length, @bool, Device), followers);       // [R, V]
    }

    private static RowPass PassOver(Canvas canvas, int first, int end)
    {
        long[] previous = CanvasContext.Previous(AttentionPattern.Bidirectional, canvas);
        long[] positions = [.. Enumerable.Range(first, end - first).Select(position => (long)position)];
        return new RowPass
        {
            Ids = [.. positions.Select(position => (long)canvas.Ids[(int)position])],
            Previous = previous[first..end],
            Positions = positions,
            Slots = positions,
            Seen = new SlotRange(0, canvas.Ids.Count),
        };
    }
}

/// <summary>How far a dual cache is trusted.</summary>
/// <param name="Neighbours">Positions on either side of the span that are computed with it.</param>
/// <param name="MostWindowPasses">Passes over the window before the whole canvas is computed anew; 0: always all of it.</param>
internal readonly record struct DualCacheRule(int Neighbours, int MostWindowPasses)
{
    /// <summary>The rule where nobody chose another.</summary>
    public static DualCacheRule Default { get; } = new(Neighbours: 4, MostWindowPasses: 8);
}
