using DiffusionLsp.Engine.Checkpoints;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// Attention of H query heads over K key/value heads. The query groups are folded into rows, so that keys are never
/// copied.
/// </summary>
internal sealed class GroupedQueryAttention : Module
{
    [ComponentName(Name = "q_proj")]
    private readonly Projection _query;

    [ComponentName(Name = "k_proj")]
    private readonly Projection _key;

    [ComponentName(Name = "v_proj")]
    private readonly Projection _value;

    [ComponentName(Name = "o_proj")]
    private readonly Projection _output;

    [ComponentName(Name = "q_norm")]
    private readonly RootMeanSquareNorm? _queryNorm;

    [ComponentName(Name = "k_norm")]
    private readonly RootMeanSquareNorm? _keyNorm;

    private readonly JointWeight _joint;
    private readonly int _heads;
    private readonly int _groups;
    private readonly int _headSize;

    public GroupedQueryAttention(ModelConfig config, Placement placement)
        : base(nameof(GroupedQueryAttention))
    {
        _heads = config.NumKeyValueHeads;
        _groups = config.NumAttentionHeads / config.NumKeyValueHeads;
        _headSize = config.HeadDim;
        int queries = config.NumAttentionHeads * config.HeadDim;
        int keys = config.NumKeyValueHeads * config.HeadDim;
        _joint = new JointWeight(config.HiddenSize, queries + (2 * keys), config.QkvBias ? Bias.With : Bias.Without, placement);
        _query = _joint.Next(queries);
        _key = _joint.Next(keys);
        _value = _joint.Next(keys);
        _output = new Projection(config.NumAttentionHeads * config.HeadDim, config.HiddenSize, Bias.Without, placement);
        if (config.QkNorm)
        {
            _queryNorm = new RootMeanSquareNorm(config.HeadDim, config.RmsNormEps, placement);
            _keyNorm = new RootMeanSquareNorm(config.HeadDim, config.RmsNormEps, placement);
        }

        RegisterComponents();
    }

    /// <summary>The weights of queries, keys and values as one.</summary>
    public JointWeight Joint => _joint;

    /// <summary>The weight that brings the heads' outputs together, shape [C, H·D].</summary>
    public Tensor OutputWeight => _output.Weight;

    /// <summary>
    /// The weights of the norms of queries and keys, a row for each head, shape [H + K, D]; a tensor of its own that the
    /// caller disposes. Null where the network norms neither.
    /// </summary>
    public Tensor? HeadNorms()
    {
        if (_queryNorm is null || _keyNorm is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var queries = _queryNorm.Weight.expand(_heads * _groups, _headSize);
        return cat([queries, _keyNorm.Weight.expand(_heads, _headSize)], 0).MoveToOuterDisposeScope(); // [H + K, D]
    }

    /// <summary>x and the result: [B, T, C]; cos and sin: [(B, 1,) T, D/2]; mask: [T, T] or [B, 1, T, T].</summary>
    public Tensor Forward(Tensor x, Tensor cos, Tensor sin, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (x.shape[0], x.shape[1]);
        var q = Heads(_query.Forward(x), _heads * _groups, _queryNorm);                              // [B, H, T, D]
        var k = Heads(_key.Forward(x), _heads, _keyNorm);                                            // [B, K, T, D]
        var v = Heads(_value.Forward(x), _heads, null);                                              // [B, K, T, D]
        q = RotaryEmbedding.Rotate(q, cos, sin).view(batch, _heads, _groups * length, _headSize);    // [B, K, G·T, D]
        k = RotaryEmbedding.Rotate(k, cos, sin);                                                     // [B, K, T, D]
        var attended = nn.functional.scaled_dot_product_attention(q, k, v, FoldGroups(mask));           // [B, K, G·T, D]
        attended = attended.view(batch, _heads * _groups, length, _headSize).transpose(1, 2);        // [B, T, H, D]
        return _output.Forward(attended.reshape(batch, length, -1)).MoveToOuterDisposeScope();       // [B, T, C]
    }

    private Tensor Heads(Tensor projected, int heads, RootMeanSquareNorm? norm)
    {
        var split = projected.view(projected.shape[0], projected.shape[1], heads, _headSize);        // [B, T, H, D]
        return (norm?.Forward(split) ?? split).transpose(1, 2);                                      // [B, H, T, D]
    }

    private Tensor? FoldGroups(Tensor? mask)
    {
        if (mask is null || _groups == 1)
        {
            return mask;
        }

        long[] repeats = [.. Enumerable.Repeat(1L, (int)mask.dim() - 2), _groups, 1];
        return mask.repeat(repeats);                                                                 // [.., G·T, T]
    }

    /// <summary>Lets the memory of the matrices go.</summary>
    public void ReleaseMatrices()
    {
        _joint.Dispose();
        foreach (var projection in new[] { _query, _key, _value, _output })
        {
            projection.Weight.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _joint.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>down(silu(gate(x)) · up(x)).</summary>
internal sealed class GatedMlp : Module
{
    [ComponentName(Name = "gate_proj")]
    private readonly Projection _gate;

    [ComponentName(Name = "up_proj")]
    private readonly Projection _up;

    [ComponentName(Name = "down_proj")]
    private readonly Projection _down;

    private readonly JointWeight _joint;

    public GatedMlp(ModelConfig config, Placement placement)
        : base(nameof(GatedMlp))
    {
        _joint = new JointWeight(config.HiddenSize, 2 * config.IntermediateSize, Bias.Without, placement);
        _gate = _joint.Next(config.IntermediateSize);
        _up = _joint.Next(config.IntermediateSize);
        _down = new Projection(config.IntermediateSize, config.HiddenSize, Bias.Without, placement);
        RegisterComponents();
    }

    /// <summary>The weights of gate and up as one.</summary>
    public JointWeight Joint => _joint;

    /// <summary>The weight back to the residual stream, shape [C, I].</summary>
    public Tensor DownWeight => _down.Weight;

    /// <summary>x and the result: [B, T, C].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var gated = functional.silu(_gate.Forward(x)) * _up.Forward(x);                              // [B, T, I]
        return _down.Forward(gated).MoveToOuterDisposeScope();                                       // [B, T, C]
    }
    /// <summary>Lets the memory of the matrices go.</summary>
    public void ReleaseMatrices()
    {
        _joint.Dispose();
        foreach (var projection in new[] { _gate, _up, _down })
        {
            projection.Weight.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _joint.Dispose();
        }

        base.Dispose(disposing);
    }
}
