using DiffusionLsp.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// A network whose context ignores the span (<see cref="AttentionPattern.ContextCausal"/>), over caches: the context's keys and
/// values are exact whatever the span holds, so they are kept from step to step and from keystroke to keystroke, and only
/// the span and what is new of the context go through the layers. It gives what <see cref="Qwen2Diffusion"/> gives, up to
/// rounding.
/// </summary>
/// <remarks>
/// Several contexts are kept, since several windows and a look ahead take turns: a canvas takes the one whose prefix it shares
/// most of, or the one that was used longest ago.
/// </remarks>
internal sealed class ContextCausalPredictor : IMaskPredictor
{
    private const int Caches = 4;
    private const int WorthSharing = 32;

    private readonly FusedNetwork _network;

    // The one used last stands last. Room for all is asked for at once, and used as contexts come.
    private readonly List<ContextCache> _caches;

    /// <summary>Makes the predictor; it takes over the network.</summary>
    public ContextCausalPredictor(FusedNetwork network)
    {
        _network = network;
        using var inference = inference_mode();
        _caches = [.. Enumerable.Range(0, Caches).Select(_ => new ContextCache(network.Config, network.LongestCanvas, network.Placement))];
    }

    /// <inheritdoc/>
    public Tensor Predict(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var cache = CacheFor(canvas);
        var pass = cache.Begin(canvas);
        if (cache.Misplaced(canvas) is { } misplaced)
        {
            _network.Turn(cache.Layers, misplaced, canvas.SpanEnd);
            cache.Placed(canvas);
        }

        var hidden = _network.Run(pass, cache.Layers, token);                                        // [rows of pass, C]
        int contextRows = pass.PrefixRows + pass.SuffixRows;
        if (contextRows > 0 && _network.Plain.CopyHead is { } head)
        {
            var keys = head.Keys(_network.Normed(hidden.narrow(0, 0, contextRows)));                    // [context rows, copy size]
            var slots = tensor(pass.Slots.AsSpan(0, contextRows).ToArray(), int64, Device);
            _ = cache.CopyKeys!.index_copy_(0, slots, keys);
        }

        cache.Keep(canvas);
        var (normed, logits) = _network.Head(hidden, [.. rows.Select(row => (long)(contextRows + row - canvas.SpanStart))]);
        return Copied(cache, canvas, normed, logits).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public PackedLogits PredictTogether(IReadOnlyList<CanvasRows> asked, CancellationToken token)
    {
        using var inference = inference_mode();
        if (_caches.Find(cache => asked.All(each => cache.Holds(each.Canvas))) is { } known)
        {
            return new PackedLogits(Packed(Used(known), asked, token), 1);
        }

        // This computes the context too.
        var longest = asked.MaxBy(each => each.Canvas.SpanLength)!;
        var first = Predict(longest.Canvas, longest.Rows, token);                                    // [R, V]
        CanvasRows[] others = [.. asked.Where(each => each != longest)];
        var packed = others.Length == 0 ? [] : Packed(_caches[^1], others, token);
        return new PackedLogits(
            [.. asked.Select(each => each == longest ? first : packed[Array.IndexOf(others, each)])], others.Length == 0 ? 1 : 2);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cache in _caches)
        {
            cache.Dispose();
        }

        _network.Dispose();
    }

    private Device Device => _network.Placement.Device;

    private Tensor[] Packed(ContextCache cache, IReadOnlyList<CanvasRows> asked, CancellationToken token)
    {
        if (!asked.All(each => cache.Holds(each.Canvas)))
        {
            throw new ArgumentException("The canvases are not all of one context.", nameof(asked));
        }

        using var scope = NewDisposeScope();
        var pack = cache.Pack(asked);
        var hidden = _network.Run(pack, cache.Layers, token);                                        // [rows of pack, C]
        var (normed, logits) = _network.Head(hidden, pack.Asked.Rows);
        return [.. Copied(cache, asked[0].Canvas, normed, logits).split(pack.Asked.Counts).Select(each => each.MoveToOuterDisposeScope())];
    }

    private ContextCache CacheFor(Canvas canvas)
    {
        var (best, shared) = _caches.Select(cache => (cache, Shared: cache.SharedPrefix(canvas))).MaxBy(each => each.Shared);
        return Used(shared >= Math.Min(WorthSharing, canvas.SpanStart) ? best : _caches[0]);
    }

    private ContextCache Used(ContextCache cache)
    {
        _caches.Remove(cache);
        _caches.Add(cache);
        return cache;
    }

    /// <summary>The logits mixed with what the rows of the span point at in the context.</summary>
    private Tensor Copied(ContextCache cache, Canvas canvas, Tensor rows, Tensor logits)
    {
        if (_network.Plain.CopyHead is not { } head)
        {
            return logits;
        }

        var (slots, followers, mayCopy) = cache.Copyable(canvas);
        if (!mayCopy.Contains(true))
        {
            return logits;
        }

        var keys = cache.CopyKeys!.narrow(0, slots.Start, slots.Count);                              // [S, copy size]
        return head.Mixed(logits, rows, keys, tensor(mayCopy, @bool, Device), followers);            // [R, V]
    }
}
