using DiffusionLsp.Engine.Checkpoints;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// The Qwen2 and Qwen3 layouts as a mask predictor (Dream, Dream-Coder, DreamOn, DiffuCoder, Open-dCoder, a2d, and the
/// embedded model): the plain forward pass over the whole canvas, nothing cached. It does not sample and does not
/// know the logit shift: the denoiser asks for the rows it needs.
/// </summary>
internal sealed class Qwen2Diffusion : IMaskPredictor
{
    private readonly Qwen2Network _network;
    private readonly ModelConfig _config;
    private readonly Device _device;
    private readonly ScalarType _dtype;

    private Qwen2Diffusion(Qwen2Network network, ModelConfig config, Device device, ScalarType dtype)
    {
        _network = network;
        _config = config;
        _device = device;
        _dtype = dtype;
    }

    /// <summary>Builds the network of the checkpoint and fills it with its weights.</summary>
    /// <param name="checkpoint">The opened checkpoint.</param>
    /// <param name="device">Where the network goes.</param>
    /// <param name="dtype">The type of its weights.</param>
    /// <param name="onLoaded">Told which share of the weights is there, from 0 to 1; null tells nobody.</param>
    /// <exception cref="CheckpointException">A tensor is missing, unexpected or of another shape.</exception>
    public static Qwen2Diffusion Load(
        Checkpoint checkpoint, Device device, ScalarType dtype, Action<double>? onLoaded = null)
    {
        using var inference = inference_mode();
        var network = new Qwen2Network(checkpoint.Config, new Placement(device, dtype));
        checkpoint.LoadInto(network, onLoaded);
        network.eval();
        return new Qwen2Diffusion(network, checkpoint.Config, device, dtype);
    }

    /// <inheritdoc/>
    public Tensor Predict(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        using var inference = inference_mode();
        return _config.AttentionPattern == AttentionPattern.LeftToRight
            ? PredictFirst(canvas, rows, token)
            : Forward(canvas, rows, token);
    }

    /// <summary>
    /// What a network that writes from left to right says of the first row; of the others it says nothing, and all
    /// tokens are equally likely.
    /// </summary>
    private Tensor PredictFirst(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        var read = PrefixSuffixMiddle.Of(canvas, rows[0], _config);
        var first = Forward(read, [read.Ids.Count - 1], token);                                      // [1, V]
        var others = zeros(rows.Count - 1, first.shape[1], float32, _device);                        // [R - 1, V]
        return cat([first, others], 0).MoveToOuterDisposeScope();                                    // [R, V]
    }

    private Tensor Forward(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        long[] ids = [.. canvas.Ids.Select(id => (long)id)];
        var input = tensor(ids, int64, _device).unsqueeze(0);                                        // [1, T]
        var previous = tensor(CanvasContext.Previous(_config.AttentionPattern, canvas), int64, _device).unsqueeze(0);
        var positions = arange(ids.Length, int64, _device);                                          // [T]
        var mask = AttentionMask.For(_config.AttentionPattern, canvas, _dtype, _device);             // [T, T]
        var hidden = _network.Hidden(input, previous, positions, mask, token).squeeze(0);            // [T, C]
        var wanted = tensor(rows.Select(row => (long)row).ToArray(), int64, _device);                // [R]
        var normed = _network.Normed(hidden.index_select(0, wanted));                                // [R, C]
        var logits = _network.Logits(normed).to_type(float32);                                       // [R, V]
        return (_network.CopyHead is { } head ? Copied(head, hidden, normed, logits, canvas) : logits).MoveToOuterDisposeScope();
    }

    /// <summary>The logits mixed with what the rows of the span point at in the context.</summary>
    private Tensor Copied(CopyHead head, Tensor hidden, Tensor rows, Tensor logits, Canvas canvas)
    {
        var (sources, followers) = CanvasContext.Copyable(canvas);
        if (sources.Length == 0)
        {
            return logits;
        }

        var context = _network.Normed(hidden.index_select(0, tensor(sources, int64, _device)));      // [S, C]
        var allowed = ones(rows.shape[0], sources.Length, @bool, _device);                           // [R, S]
        var (weights, gate) = head.Point(rows, context, allowed);                                    // [R, S], [R]
        return CopyHead.Mix(logits, weights, gate, tensor(followers, int64, _device));               // [R, V]
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();
}

/// <summary>
/// The weights and the forward pass, with the names of the Hugging Face layout. Weights may be of a wider type than
/// the activations (fp32 masters in training): they are cast where they are used.
/// </summary>
internal sealed class Qwen2Network : Module
{
    [ComponentName(Name = "model")]
    private readonly Qwen2Body _body;

    [ComponentName(Name = "lm_head")]
    private readonly Projection? _head;

    [ComponentName(Name = "copy_head")]
    private readonly CopyHead? _copy;

    private readonly RotaryEmbedding _rope;

    /// <summary>Makes the network with room for its weights; they are undefined until loaded or initialized.</summary>
    public Qwen2Network(ModelConfig config, Placement placement)
        : base(nameof(Qwen2Network))
    {
        _rope = new RotaryEmbedding(config.HeadDim, config.RopeTheta);
        _body = new Qwen2Body(config, placement);
        _head = config.TieWordEmbeddings
            ? null
            : new Projection(config.HiddenSize, config.VocabSize, Bias.Without, placement);
        _copy = config.CopyHeadDim is { } size ? new CopyHead(config.HiddenSize, size, placement) : null;
        RegisterComponents();
    }

    /// <summary>The type of the activations; null takes the weights' own.</summary>
    public ScalarType? ComputeType { get; init; }

    /// <summary>
    /// Fresh weights for training: normal with deviation 0.02, norms 1, biases 0, and the projections that write into
    /// the residual stream 0, so that every layer begins as the identity. An embedding of its own begins with
    /// deviation 1: Muon's steps would soon drown a smaller one in the residual stream.
    /// </summary>
    public void Initialize()
    {
        using var none = no_grad();
        foreach (var (name, weight) in named_parameters())
        {
            bool isOutput = name.Contains(".o_proj.", StringComparison.Ordinal) || name.Contains(".down_proj.", StringComparison.Ordinal);
            bool isInput = _head is not null && name.Contains("embed_tokens", StringComparison.Ordinal);
            if (weight.dim() == 2 && !isOutput)
            {
                init.normal_(weight, 0, isInput ? 1 : 0.02);
            }
            else
            {
                init.constant_(weight, Constant(name));
            }
        }
    }

    // The copying head begins with an eighth of the say; the token before counts half.
    private static double Constant(string name) => name switch
    {
        _ when name.Contains("norm", StringComparison.Ordinal) => 1,
        _ when name.EndsWith("previous_token_gain", StringComparison.Ordinal) => 0.5,
        "copy_head.gate.bias" => -2,
        _ => 0,
    };

    /// <summary>Runs all layers and no head.</summary>
    /// <param name="ids">int64, shape [B, T].</param>
    /// <param name="previous">
    /// int64, shape [B, T]: the id before each position that the position may see, its own where there is none. Only read
    /// by networks with a gain for it.
    /// </param>
    /// <param name="positions">int64, shape [T] or [B, T]: where each token stands for the rotary embedding.</param>
    /// <param name="mask">Additive attention mask, broadcast to [B, H, T, T]; null: everything is visible.</param>
    /// <param name="token">Checked before each layer.</param>
    /// <returns>Hidden states before the last norm, shape [B, T, C].</returns>
    public Tensor Hidden(Tensor ids, Tensor previous, Tensor positions, Tensor? mask, CancellationToken token)
    {
        using var scope = NewDisposeScope();
        var x = _body.Embed(ids, previous);                                                          // [B, T, C]
        x = ComputeType is { } type ? x.to_type(type) : x;
        var (cos, sin) = _rope.Tables(positions, x.dtype);                                           // [(B,) T, D/2]
        if (positions.dim() == 2)
        {
            (cos, sin) = (cos.unsqueeze(1), sin.unsqueeze(1));                                       // [B, 1, T, D/2]
        }

        foreach (var layer in _body.Layers)
        {
            token.ThrowIfCancellationRequested();
            var next = layer.Forward(x, cos, sin, mask);                                             // [B, T, C]
            x.Dispose();
            x = next;
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The head's weight, shape [V, C]: the embedding where they are tied.</summary>
    public Tensor HeadWeight => _head?.Weight ?? _body.EmbeddingWeight;

    /// <summary>The last norm, shape kept.</summary>
    public Tensor Normed(Tensor hidden) => _body.Norm.Forward(hidden);

    /// <summary>The head: <see cref="Normed"/> rows [.., C] to logits [.., V].</summary>
    public Tensor Logits(Tensor normed)
    {
        using var scope = NewDisposeScope();
        return functional.linear(normed, HeadWeight.to_type(normed.dtype)).MoveToOuterDisposeScope(); // [.., V]
    }

    /// <summary>The head that copies from the context; null where the network has none.</summary>
    public CopyHead? CopyHead => _copy;
}

/// <summary>What lies between token ids and the last norm.</summary>
internal sealed class Qwen2Body : Module
{
    [ComponentName(Name = "embed_tokens")]
    private readonly TokenTable _embedding;

    [ComponentName(Name = "previous_token_gain")]
    private readonly Parameter? _previousGain;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<Qwen2Layer> _layers;

    [ComponentName(Name = "norm")]
    private readonly RootMeanSquareNorm _norm;

    public Qwen2Body(ModelConfig config, Placement placement)
        : base(nameof(Qwen2Body))
    {
        _embedding = new TokenTable(config.VocabSize, config.HiddenSize, placement);
        _previousGain = config.PreviousTokenGain ? placement.Weight(config.HiddenSize) : null;       // [C]
        _layers = ModuleList([.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => new Qwen2Layer(config, placement))]);
        _norm = new RootMeanSquareNorm(config.HiddenSize, config.RmsNormEps, placement);
        RegisterComponents();
    }

    public IEnumerable<Qwen2Layer> Layers => _layers;

    public RootMeanSquareNorm Norm => _norm;

    /// <summary>[B, T] to [B, T, C]: the token's embedding, and the one's before it times the gain.</summary>
    public Tensor Embed(Tensor ids, Tensor previous)
    {
        using var scope = NewDisposeScope();
        var x = _embedding.Forward(ids);                                                             // [B, T, C]
        return (_previousGain is null ? x : x + (_embedding.Forward(previous) * _previousGain)).MoveToOuterDisposeScope();
    }

    public Tensor EmbeddingWeight => _embedding.Weight;
}

/// <summary>One pre-norm transformer layer: attention, then a gated MLP.</summary>
internal sealed class Qwen2Layer : Module
{
    [ComponentName(Name = "input_layernorm")]
    private readonly RootMeanSquareNorm _attentionNorm;

    [ComponentName(Name = "self_attn")]
    private readonly GroupedQueryAttention _attention;

    [ComponentName(Name = "post_attention_layernorm")]
    private readonly RootMeanSquareNorm _mlpNorm;

    [ComponentName(Name = "mlp")]
    private readonly GatedMlp _mlp;

    public Qwen2Layer(ModelConfig config, Placement placement)
        : base(nameof(Qwen2Layer))
    {
        _attentionNorm = new RootMeanSquareNorm(config.HiddenSize, config.RmsNormEps, placement);
        _attention = new GroupedQueryAttention(config, placement);
        _mlpNorm = new RootMeanSquareNorm(config.HiddenSize, config.RmsNormEps, placement);
        _mlp = new GatedMlp(config, placement);
        RegisterComponents();
    }

    /// <summary>x and the result: [B, T, C].</summary>
    public Tensor Forward(Tensor x, Tensor cos, Tensor sin, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var h = x + _attention.Forward(_attentionNorm.Forward(x), cos, sin, mask);                   // [B, T, C]
        return (h + _mlp.Forward(_mlpNorm.Forward(h))).MoveToOuterDisposeScope();                    // [B, T, C]
    }
}

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

    private readonly int _heads;
    private readonly int _groups;
    private readonly int _headSize;

    public GroupedQueryAttention(ModelConfig config, Placement placement)
        : base(nameof(GroupedQueryAttention))
    {
        _heads = config.NumKeyValueHeads;
        _groups = config.NumAttentionHeads / config.NumKeyValueHeads;
        _headSize = config.HeadDim;
        var bias = config.QkvBias ? Bias.With : Bias.Without;
        _query = new Projection(config.HiddenSize, config.NumAttentionHeads * config.HeadDim, bias, placement);
        _key = new Projection(config.HiddenSize, config.NumKeyValueHeads * config.HeadDim, bias, placement);
        _value = new Projection(config.HiddenSize, config.NumKeyValueHeads * config.HeadDim, bias, placement);
        _output = new Projection(config.NumAttentionHeads * config.HeadDim, config.HiddenSize, Bias.Without, placement);
        if (config.QkNorm)
        {
            _queryNorm = new RootMeanSquareNorm(config.HeadDim, config.RmsNormEps, placement);
            _keyNorm = new RootMeanSquareNorm(config.HeadDim, config.RmsNormEps, placement);
        }

        RegisterComponents();
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

    public GatedMlp(ModelConfig config, Placement placement)
        : base(nameof(GatedMlp))
    {
        _gate = new Projection(config.HiddenSize, config.IntermediateSize, Bias.Without, placement);
        _up = new Projection(config.HiddenSize, config.IntermediateSize, Bias.Without, placement);
        _down = new Projection(config.IntermediateSize, config.HiddenSize, Bias.Without, placement);
        RegisterComponents();
    }

    /// <summary>x and the result: [B, T, C].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var gated = functional.silu(_gate.Forward(x)) * _up.Forward(x);                              // [B, T, I]
        return _down.Forward(gated).MoveToOuterDisposeScope();                                       // [B, T, C]
    }
}
