using DiffusionLsp.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>Chooses the predictor that serves a checkpoint: the fastest one that its attention pattern allows.</summary>
internal static class MaskPredictors
{
    /// <summary>Loads a checkpoint.</summary>
    /// <param name="checkpoint">The opened checkpoint.</param>
    /// <param name="placement">Where its weights go, and the type of the activations.</param>
    /// <param name="longest">The longest canvas, in tokens.</param>
    /// <param name="loading">How it is held.</param>
    /// <exception cref="CheckpointException">A tensor is missing, unexpected or of another shape.</exception>
    /// <exception cref="TorchRuntimeException">It cannot be held so; the message says what to do.</exception>
    public static IMaskPredictor Load(Checkpoint checkpoint, Placement placement, int longest, PredictorLoading loading)
    {
        var config = checkpoint.Config;
        bool isCached = loading.Caching == Caching.Kept && config switch
        {
            { AttentionPattern: AttentionPattern.Bidirectional } => true,
            // Under a logit shift the row that predicts the span's first token belongs to the prefix.
            { AttentionPattern: AttentionPattern.ContextCausal } => !config.LogitShift,
            _ => false,
        };
        if (!isCached)
        {
            return loading.Format == WeightFormat.AsTheyAre
                ? new Qwen2Diffusion(Qwen2Diffusion.LoadNetwork(checkpoint, placement, loading.OnLoaded), config, placement)
                : throw new TorchRuntimeException("int8 is for models whose passes are cached: take auto, bf16 or fp32.");
        }

        var network = loading.Format == WeightFormat.AsTheyAre
            ? Shared(checkpoint, placement, longest, loading.OnLoaded)
            : Rounded(checkpoint, placement, longest, loading.OnLoaded);
        return config.AttentionPattern == AttentionPattern.Bidirectional
            ? new DualCachePredictor(network, DualCacheRule.Default)
            : new ContextCausalPredictor(network);
    }

    private static FusedNetwork Shared(Checkpoint checkpoint, Placement placement, int longest, Action<double>? onLoaded)
    {
        var network = Qwen2Diffusion.LoadNetwork(checkpoint, placement, onLoaded);
        return new FusedNetwork(
            network, FusedWeights.Of(network, placement, WeightFormat.AsTheyAre), checkpoint.Config, longest);
    }

    /// <summary>
    /// Rounds each layer as soon as it has been read, on the CPU: the memory of the wide network is asked for and never all used.
    /// </summary>
    private static FusedNetwork Rounded(Checkpoint checkpoint, Placement placement, int longest, Action<double>? onLoaded)
    {
        if (checkpoint.Config.CopyHeadDim is not null && placement.Device.type != DeviceType.CPU)
        {
            throw new TorchRuntimeException("int8 on a CUDA device is not for models with a copying head: take auto or bf16.");
        }

        using var inference = inference_mode();
        var network = new Qwen2Network(checkpoint.Config, new Placement(CPU, placement.Dtype));
        var weights = new FusedWeights(placement, WeightFormat.Int8);
        var layers = network.Layers.ToList();
        int taken = 0;
        checkpoint.LoadInto(network, onLoaded, group =>
        {
            if (group == Checkpoint.EmbeddingName)
            {
                weights.TakeEmbedding(network);
            }
            else if (group == $"model.layers.{taken}")
            {
                weights.TakeLayer(layers[taken++]);
            }
        });
        weights.TakeRest(network);
        if (taken != layers.Count)
        {
            throw new InvalidOperationException("The layers were not loaded from the first to the last.");
        }

        network.eval();
        return new FusedNetwork(network, weights, checkpoint.Config, longest);
    }
}

/// <summary>How a checkpoint is loaded and held.</summary>
internal sealed record PredictorLoading
{
    /// <summary>Whether anything may be cached.</summary>
    public Caching Caching { get; init; } = Caching.Kept;

    /// <summary>Whether matrices are rounded.</summary>
    public WeightFormat Format { get; init; } = WeightFormat.AsTheyAre;

    /// <summary>Told which share of the weights is there, from 0 to 1; null tells nobody.</summary>
    public Action<double>? OnLoaded { get; init; }
}
