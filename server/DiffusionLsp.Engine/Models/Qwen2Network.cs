using DiffusionLsp.Engine.Checkpoints;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiffusionLsp.Engine.Models;

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

    /// <summary>The layers from the first to the last.</summary>
    public IEnumerable<Qwen2Layer> Layers => _body.Layers;

    /// <summary>The embedding's weight, shape [V, C].</summary>
    public Tensor EmbeddingWeight => _body.EmbeddingWeight;

    /// <summary>Whether the head is the embedding.</summary>
    public bool IsTied => _head is null;

    /// <summary>The gains of the last norm, shape [C].</summary>
    public Tensor NormWeight => _body.Norm.Weight;

    /// <summary>How much the embedding of the token before adds, shape [C]; null where the network knows none.</summary>
    public Tensor? PreviousGain => _body.PreviousGain;

    /// <summary>The angles of the positions.</summary>
    public RotaryEmbedding Rope => _rope;
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

    public Parameter? PreviousGain => _previousGain;

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

    /// <summary>The norm before the attention.</summary>
    public RootMeanSquareNorm AttentionNorm => _attentionNorm;

    /// <summary>The attention.</summary>
    public GroupedQueryAttention Attention => _attention;

    /// <summary>The norm before the feed-forward part.</summary>
    public RootMeanSquareNorm MlpNorm => _mlpNorm;

    /// <summary>The feed-forward part.</summary>
    public GatedMlp Mlp => _mlp;

    /// <summary>Lets the memory of the matrices go, since others took their place; the layer cannot run any more.</summary>
    public void ReleaseMatrices()
    {
        _attention.ReleaseMatrices();
        _mlp.ReleaseMatrices();
    }

    /// <summary>x and the result: [B, T, C].</summary>
    public Tensor Forward(Tensor x, Tensor cos, Tensor sin, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var h = x + _attention.Forward(_attentionNorm.Forward(x), cos, sin, mask);                   // [B, T, C]
        return (h + _mlp.Forward(_mlpNorm.Forward(h))).MoveToOuterDisposeScope();                    // [B, T, C]
    }
}
