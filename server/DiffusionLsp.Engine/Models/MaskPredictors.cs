using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine.Models;

/// <summary>Chooses the predictor that serves a checkpoint: the fastest one that its attention pattern allows.</summary>
internal static class MaskPredictors
{
    /// <summary>Loads a checkpoint.</summary>
    /// <param name="checkpoint">The opened checkpoint.</param>
    /// <param name="placement">Where its weights go, and of which type.</param>
    /// <param name="longest">The longest canvas, in tokens.</param>
    /// <param name="caching">Whether anything may be cached.</param>
    /// <param name="onLoaded">Told which share of the weights is there, from 0 to 1; null tells nobody.</param>
    /// <exception cref="CheckpointException">A tensor is missing, unexpected or of another shape.</exception>
    public static IMaskPredictor Load(
        Checkpoint checkpoint, Placement placement, int longest, Caching caching, Action<double>? onLoaded = null)
    {
        var config = checkpoint.Config;
        var network = Qwen2Diffusion.LoadNetwork(checkpoint, placement, onLoaded);
        return (caching, config.AttentionPattern, config.LogitShift) switch
        {
            (Caching.Kept, AttentionPattern.Bidirectional, _) =>
                new DualCachePredictor(new FusedNetwork(network, config, longest, placement), DualCacheRule.Default),
            // Under a logit shift the row that predicts the span's first token belongs to the prefix.
            (Caching.Kept, AttentionPattern.ContextCausal, false) =>
                new ContextCausalPredictor(new FusedNetwork(network, config, longest, placement)),
            _ => new Qwen2Diffusion(network, config, placement),
        };
    }
}
