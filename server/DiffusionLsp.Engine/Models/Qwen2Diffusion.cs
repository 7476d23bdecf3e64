using DiffusionLsp.Engine.Checkpoints;
using static TorchSharp.torch;

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

    /// <summary>Makes the predictor; it takes over the network.</summary>
    public Qwen2Diffusion(Qwen2Network network, ModelConfig config, Placement placement)
    {
        _network = network;
        _config = config;
        (_device, _dtype) = placement;
    }

    /// <summary>Builds the network of the checkpoint and fills it with its weights.</summary>
    /// <param name="checkpoint">The opened checkpoint.</param>
    /// <param name="device">Where the network goes.</param>
    /// <param name="dtype">The type of its weights.</param>
    /// <exception cref="CheckpointException">A tensor is missing, unexpected or of another shape.</exception>
    public static Qwen2Diffusion Load(Checkpoint checkpoint, Device device, ScalarType dtype)
    {
        var placement = new Placement(device, dtype);
        return new Qwen2Diffusion(LoadNetwork(checkpoint, placement, onLoaded: null), checkpoint.Config, placement);
    }

    /// <summary>Builds the network alone; see <see cref="Load"/>.</summary>
    /// <param name="checkpoint">The opened checkpoint.</param>
    /// <param name="placement">Where its weights go, and of which type.</param>
    /// <param name="onLoaded">Told which share of the weights is there, from 0 to 1; null tells nobody.</param>
    public static Qwen2Network LoadNetwork(Checkpoint checkpoint, Placement placement, Action<double>? onLoaded)
    {
        using var inference = inference_mode();
        var network = new Qwen2Network(checkpoint.Config, placement);
        checkpoint.LoadInto(network, onLoaded);
        network.eval();
        return network;
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
        return head.Mixed(logits, rows, head.Keys(context), ones(sources.Length, @bool, _device), followers); // [R, V]
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();
}
