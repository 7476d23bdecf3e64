using DiffusionLsp.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// What has been computed of one context, prefix and suffix, by a network whose context ignores the span: keys, values and
/// what the copying head looks for. The prefix grows to the right from a border in the middle of the slots, the span behind
/// it; the suffix ends at the border. So a keystroke moves nothing, and what the span sees is one run of slots.
/// </summary>
internal sealed class ContextCache : IDisposable
{
    private readonly int _border;
    private readonly List<int> _prefix = [];
    private int[] _suffix = [];
    private int _suffixPosition;

    /// <summary>Makes an empty cache with room for a canvas of the longest kind.</summary>
    /// <param name="config">The network.</param>
    /// <param name="longest">The longest canvas, in tokens.</param>
    /// <param name="placement">Where, and of which type.</param>
    public ContextCache(ModelConfig config, int longest, Placement placement)
    {
        _border = longest;
        Layers = new KeyValueCache(config, 2 * _border, placement, KeyTurning.Again);
        CopyKeys = config.CopyHeadDim is { } size
            ? empty([2 * _border, size], placement.Dtype, placement.Device).DetachFromDisposeScope() // [S, copy size]
            : null;
    }

    /// <summary>The keys and values.</summary>
    public KeyValueCache Layers { get; }

    /// <summary>What the copying head looks for in each slot, shape [S, copy size]; null where there is no such head.</summary>
    public Tensor? CopyKeys { get; }

    /// <summary>How many tokens of the canvas' prefix are there already.</summary>
    public int SharedPrefix(Canvas canvas)
    {
        int most = Math.Min(_prefix.Count, canvas.SpanStart);
        int shared = 0;
        while (shared < most && _prefix[shared] == canvas.Ids[shared])
        {
            shared++;
        }

        return shared;
    }

    /// <summary>Whether all of the canvas' context is there.</summary>
    public bool Holds(Canvas canvas) => SharedPrefix(canvas) == canvas.SpanStart && HoldsSuffix(canvas);

    /// <summary>
    /// The rows of spans side by side, over a context that is there: only what <see cref="Holds"/> is true of may be asked.
    /// </summary>
    public SpanPack Pack(IReadOnlyList<CanvasRows> asked) => SpanPack.Of(
        AttentionPattern.ContextCausal, asked, _border, SuffixSlots(asked[0].Canvas), _suffixPosition);

    /// <summary>
    /// The rows that have to go through the layers for a canvas: what is new of the context, and the span. The cache counts
    /// these as lost until <see cref="Keep"/>.
    /// </summary>
    public RowPass Begin(Canvas canvas)
    {
        var ids = canvas.Ids;
        int shared = SharedPrefix(canvas);
        bool keepsSuffix = HoldsSuffix(canvas);
        _prefix.RemoveRange(shared, _prefix.Count - shared);
        _suffix = keepsSuffix ? _suffix : [];
        int[] positions =
        [
            .. Enumerable.Range(shared, canvas.SpanStart - shared),
            .. keepsSuffix ? [] : Enumerable.Range(canvas.SpanEnd, ids.Count - canvas.SpanEnd),
            .. Enumerable.Range(canvas.SpanStart, canvas.SpanLength),
        ];
        long[] previous = CanvasContext.Previous(AttentionPattern.ContextCausal, canvas);
        var suffix = SuffixSlots(canvas);
        return new RowPass
        {
            Ids = [.. positions.Select(position => (long)ids[position])],
            Previous = [.. positions.Select(position => previous[position])],
            Positions = [.. positions.Select(position => (long)position)],
            Slots = [.. positions.Select(position => (long)SlotOf(canvas, position))],
            PrefixRows = canvas.SpanStart - shared,
            SuffixRows = keepsSuffix ? 0 : suffix.Count,
            Prefix = new SlotRange(_border, canvas.SpanStart),
            Suffix = suffix,
            Seen = suffix with { Count = ids.Count },
        };
    }

    /// <summary>The slots of the suffix whose keys stand for other positions than the canvas has it at; null where none do.</summary>
    public SlotRange? Misplaced(Canvas canvas) =>
        _suffix.Length > 0 && _suffixPosition != canvas.SpanEnd ? SuffixSlots(canvas) : null;

    /// <summary>The suffix now stands where the canvas has it.</summary>
    public void Placed(Canvas canvas) => _suffixPosition = canvas.SpanEnd;

    /// <summary>All of the canvas' context has been computed.</summary>
    public void Keep(Canvas canvas)
    {
        _prefix.AddRange(canvas.Ids.Take(canvas.SpanStart).Skip(_prefix.Count));
        _suffix = [.. canvas.Ids.Skip(canvas.SpanEnd)];
        Placed(canvas);
    }

    /// <summary>
    /// The slots of suffix and prefix, the token that follows each, and whether one does: what the span may copy. The two stand
    /// side by side, so the last slot of each is followed by nothing that may be copied.
    /// </summary>
    public (SlotRange Slots, long[] Followers, bool[] MayCopy) Copyable(Canvas canvas)
    {
        var suffix = SuffixSlots(canvas);
        int[] ids = [.. canvas.Ids.Skip(canvas.SpanEnd), .. canvas.Ids.Take(canvas.SpanStart)];
        var followers = new long[ids.Length];
        var mayCopy = new bool[ids.Length];
        for (int slot = 0; slot < ids.Length; slot++)
        {
            mayCopy[slot] = slot != suffix.Count - 1 && slot != ids.Length - 1;
            followers[slot] = mayCopy[slot] ? ids[slot + 1] : 0;
        }

        return (suffix with { Count = ids.Length }, followers, mayCopy);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Layers.Dispose();
        CopyKeys?.Dispose();
    }

    private bool HoldsSuffix(Canvas canvas) =>
        _suffix.Length == canvas.Ids.Count - canvas.SpanEnd && _suffix.SequenceEqual(canvas.Ids.Skip(canvas.SpanEnd));

    private SlotRange SuffixSlots(Canvas canvas)
    {
        int length = canvas.Ids.Count - canvas.SpanEnd;
        return new SlotRange(_border - length, length);
    }

    private int SlotOf(Canvas canvas, int position) =>
        position < canvas.SpanEnd ? _border + position : _border - (canvas.Ids.Count - position);
}
