using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// A network's weights in the form that <see cref="LayerScript"/> takes: shared with the network, or rounded to eight bits as
/// soon as a layer is there, its own matrices let go. It disposes what it does not share.
/// </summary>
internal sealed class FusedWeights : IDisposable
{
    private readonly Placement _placement;
    private readonly WeightFormat _format;
    private readonly List<Tensor> _own = [];
    private readonly List<Tensor[]> _layers = [];
    private readonly Tensor _nothing;
    private WeightMatrix? _embedding;
    private WeightMatrix? _head;
    private Tensor? _finalNorm;

    /// <summary>Makes it without any weight.</summary>
    /// <param name="placement">Where the weights go, and the type of the activations.</param>
    /// <param name="format">Whether matrices are rounded.</param>
    public FusedWeights(Placement placement, WeightFormat format)
    {
        _placement = placement;
        _format = format;
        _nothing = Own(empty([0], placement.Dtype, placement.Device));
    }

    /// <summary>Where the weights are, and the type of the activations.</summary>
    public Placement Placement => _placement;

    /// <summary>The weights of each layer.</summary>
    public IReadOnlyList<Tensor[]> Layers => _layers;

    /// <summary>The token embedding, shape [V, C].</summary>
    public WeightMatrix Embedding => _embedding!;

    /// <summary>The output head, shape [V, C]; the embedding where they are tied.</summary>
    public WeightMatrix Head => _head ?? _embedding!;

    /// <summary>The gains of the last norm, shape [C].</summary>
    public Tensor FinalNorm => _finalNorm!;

    /// <summary>How much the embedding of the token before adds, shape [C]; null where the network knows none.</summary>
    public Tensor? PreviousGain { get; private set; }

    /// <summary>The bytes of all matrices.</summary>
    public long MatrixBytes { get; private set; }

    /// <summary>Takes all weights of a network, which have been loaded.</summary>
    public static FusedWeights Of(Qwen2Network network, Placement placement, WeightFormat format)
    {
        using var inference = inference_mode();
        var weights = new FusedWeights(placement, format);
        weights.TakeEmbedding(network);
        foreach (var layer in network.Layers)
        {
            weights.TakeLayer(layer);
        }

        weights.TakeRest(network);
        return weights;
    }

    /// <summary>Takes the embedding, once it has been loaded.</summary>
    public void TakeEmbedding(Qwen2Network network)
    {
        _embedding = Matrix(network.EmbeddingWeight);
        if (_format == WeightFormat.Int8)
        {
            network.EmbeddingWeight.Dispose();
        }
    }

    /// <summary>Takes a layer, once it has been loaded; from the first to the last.</summary>
    public void TakeLayer(Qwen2Layer layer)
    {
        var joint = Matrix(layer.Attention.Joint.Weight);
        var output = Matrix(layer.Attention.OutputWeight);
        var gateUp = Matrix(layer.Mlp.Joint.Weight);
        var down = Matrix(layer.Mlp.DownWeight);
        _layers.Add(
        [
            Vector(layer.AttentionNorm.Weight), joint.Values,
            layer.Attention.Joint.Bias is { } bias ? Vector(bias) : _nothing,
            HeadNorms(layer),
            output.Values, Vector(layer.MlpNorm.Weight), gateUp.Values, down.Values,
            joint.Scales, output.Scales, gateUp.Scales, down.Scales,
        ]);
        if (_format == WeightFormat.Int8)
        {
            layer.ReleaseMatrices();
        }
    }

    /// <summary>Takes what stands behind the layers.</summary>
    public void TakeRest(Qwen2Network network)
    {
        _head = network.IsTied ? null : Matrix(network.HeadWeight);
        _finalNorm = Vector(network.NormWeight);
        PreviousGain = network.PreviousGain is { } gain ? Vector(gain) : null;
        if (_format == WeightFormat.Int8)
        {
            network.HeadWeight.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _own.ForEach(tensor => tensor.Dispose());

    private WeightMatrix Matrix(Tensor weight)
    {
        if (_format == WeightFormat.AsTheyAre)
        {
            MatrixBytes += weight.NumberOfElements * weight.ElementSize;
            return new WeightMatrix(weight, _nothing);
        }

        var rounded = WeightMatrix.Rounded(weight, _placement);
        Own(rounded.Values);
        Own(rounded.Scales);
        MatrixBytes += rounded.Bytes;
        return rounded;
    }

    private Tensor HeadNorms(Qwen2Layer layer)
    {
        using var norms = layer.Attention.HeadNorms();
        return norms is null ? _nothing : Own(norms.to(_placement.Device, copy: true));
    }

    private Tensor Vector(Tensor weight) =>
        _format == WeightFormat.AsTheyAre ? weight : Own(weight.to(_placement.Dtype, _placement.Device, copy: true));

    private Tensor Own(Tensor tensor)
    {
        _own.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}

/// <summary>How a network's matrices are held in memory.</summary>
internal enum WeightFormat
{
    /// <summary>In the type of the activations.</summary>
    AsTheyAre,

    /// <summary>In eight bits and a scale for each row.</summary>
    Int8,
}
