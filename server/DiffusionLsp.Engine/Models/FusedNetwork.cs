using DiffusionLsp.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// A network made ready for inference over a cache: joint weights, tables of angles made once, a call a layer. It shares the
/// weights of a <see cref="Qwen2Network"/>, which it takes over, or rounded ones that took their place.
/// </summary>
internal sealed class FusedNetwork : IDisposable
{
    // Room for one or two thousand rows of a matrix: it stays in the processor's cache while they are multiplied.
    private const long ScratchElements = 1 << 21;

    private readonly FusedWeights _weights;
    private readonly Tensor _scratch;
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    /// <summary>Makes the network ready.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights; taken over.</param>
    /// <param name="config">Its shape.</param>
    /// <param name="longest">The longest canvas, in tokens.</param>
    public FusedNetwork(Qwen2Network network, FusedWeights weights, ModelConfig config, int longest)
    {
        Plain = network;
        Config = config;
        LongestCanvas = longest;
        _weights = weights;
        using var inference = inference_mode();
        bool isRounded = weights.Head.Scales.NumberOfElements > 0;
        _scratch = empty([isRounded ? Math.Max(ScratchElements, config.IntermediateSize) : 0], Placement.Dtype, Placement.Device)
            .DetachFromDisposeScope();
        (_cos, _sin) = Angles(network.Rope, longest);
    }

    /// <summary>The network that it was made of: its copying head is used as it is.</summary>
    public Qwen2Network Plain { get; }

    /// <summary>Its shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>The longest canvas, in tokens.</summary>
    public int LongestCanvas { get; }

    /// <summary>Where its weights are, and of which type.</summary>
    public Placement Placement => _weights.Placement;

    /// <summary>The bytes of all matrices.</summary>
    public long MatrixBytes => _weights.MatrixBytes;

    /// <summary>The bytes that matrices are widened in.</summary>
    public long ScratchBytes => _scratch.NumberOfElements * _scratch.ElementSize;

    /// <summary>The last norm, shape kept.</summary>
    public Tensor Normed(Tensor hidden) => LayerScript.Normed(hidden, _weights.FinalNorm, Config.RmsNormEps);

    /// <summary>The logits of rows of hidden states, [R, C] to fp32 [R, V], and what the last norm made of them, [R, C].</summary>
    public (Tensor Normed, Tensor Logits) Head(Tensor hidden, long[] rows)
    {
        using var scope = NewDisposeScope();
        var normed = Normed(hidden.index_select(0, tensor(rows, int64, Placement.Device)));          // [R, C]
        var logits = LayerScript.Product(normed, _weights.Head, _scratch).to_type(float32);          // [R, V]
        return (normed.MoveToOuterDisposeScope(), logits.MoveToOuterDisposeScope());
    }

    /// <summary>Runs the rows through all layers, writing their keys and values into the cache.</summary>
    /// <returns>Hidden states before the last norm, shape [R, C].</returns>
    /// <exception cref="OperationCanceledException">The slots of the rows are then of no use; all others are as before.</exception>
    public Tensor Run(RowPass pass, KeyValueCache cache, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = Config.RmsNormEps;
        var device = Placement.Device;
        var positions = tensor(pass.Positions, int64, device);                                       // [R]
        var constants = new PassConstants(
            pass, cache, _scratch, epsilon, Config.NumAttentionHeads,
            _cos.index_select(0, positions), _sin.index_select(0, positions), tensor(pass.Slots, int64, device),
            Mask(pass.PrefixRows, pass.Prefix.Count), Mask(pass.SuffixRows, pass.Suffix.Count));
        return ThroughLayers(
            Embed(pass.Ids, pass.Previous),
            (x, layer) => LayerScript.Run(x, _weights.Layers[layer], constants, layer),
            token).MoveToOuterDisposeScope();
    }

    /// <summary>Runs the rows of spans side by side through all layers, over a cache that stays as it is.</summary>
    /// <returns>Hidden states before the last norm, shape [R, C].</returns>
    public Tensor Run(SpanPack pack, KeyValueCache cache, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = Config.RmsNormEps;
        var device = Placement.Device;
        var positions = tensor(pack.Positions, int64, device);                                       // [R]
        var moves = tensor(pack.Moves, int64, device);                                               // [N]
        var distances = moves.abs();                                                                 // [N]
        var directions = moves.sign().to_type(Placement.Dtype).view(-1, 1, 1);                       // [N, 1, 1]
        var constants = new PackedConstants(
            pack, cache, _scratch, epsilon, Config.NumAttentionHeads,
            _cos.index_select(0, positions), _sin.index_select(0, positions), tensor(pack.Counts, int64, CPU),
            _cos.index_select(0, distances), _sin.index_select(0, distances) * directions);
        return ThroughLayers(
            Embed(pack.Ids, pack.Previous),
            (x, layer) => LayerScript.RunPacked(x, _weights.Layers[layer], constants, layer),
            token).MoveToOuterDisposeScope();
    }

    /// <summary>Turns the keys of a run of slots to consecutive positions.</summary>
    public void Turn(KeyValueCache cache, SlotRange slots, int firstPosition)
    {
        using var scope = NewDisposeScope();
        var cos = _cos.narrow(0, firstPosition, slots.Count);                                        // [S, 1, D]
        var sin = _sin.narrow(0, firstPosition, slots.Count);                                        // [S, 1, D]
        for (int layer = 0; layer < _weights.Layers.Count; layer++)
        {
            LayerScript.Turn(cache, layer, slots, cos, sin);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
        _scratch.Dispose();
        _weights.Dispose();
        Plain.Dispose();
    }

    private Tensor ThroughLayers(Tensor x, Func<Tensor, int, Tensor> run, CancellationToken token)
    {
        for (int layer = 0; layer < _weights.Layers.Count; layer++)
        {
            token.ThrowIfCancellationRequested();
            var next = run(x, layer);                                                                // [R, C]
            x.Dispose();
            x = next;
        }

        return x;
    }

    private Tensor Embed(long[] ids, long[] previous)
    {
        using var scope = NewDisposeScope();
        var x = _weights.Embedding.Rows(tensor(ids, int64, Placement.Device));                       // [R, C]
        if (_weights.PreviousGain is { } gain)
        {
            x += _weights.Embedding.Rows(tensor(previous, int64, Placement.Device)) * gain;          // [R, C]
        }

        return x.MoveToOuterDisposeScope();
    }

    private (Tensor Cos, Tensor Sin) Angles(RotaryEmbedding rope, int positions)
    {
        using var scope = NewDisposeScope();
        var (cos, sin) = rope.Tables(arange(positions, int64, Placement.Device), Placement.Dtype); // [S, D/2]
        return (
            cat([cos, cos], 1).unsqueeze(1).DetachFromDisposeScope(),                                // [S, 1, D]
            cat([-sin, sin], 1).unsqueeze(1).DetachFromDisposeScope());                              // [S, 1, D]
    }

    /// <summary>
    /// Lets the last <paramref name="rows"/> of <paramref name="count"/> positions see those up to themselves, once for each
    /// query group; null where that is plain causal attention, or where there is no row.
    /// </summary>
    private Tensor? Mask(int rows, int count)
    {
        int groups = Config.NumAttentionHeads / Config.NumKeyValueHeads;
        if (rows == 0 || (rows == count && groups == 1))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        using Scalar never = float.NegativeInfinity;
        var mask = full([rows, count], never, Placement.Dtype, Placement.Device).triu_(count - rows + 1); // [rows, count]
        return mask.repeat(groups, 1).MoveToOuterDisposeScope();                                     // [G·rows, count]
    }
}
