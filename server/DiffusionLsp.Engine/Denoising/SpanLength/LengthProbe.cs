using DiffusionLsp.Engine.Models;
using TorchSharp;

namespace DiffusionLsp.Engine.Denoising.SpanLength;

/// <summary>What a network says of a canvas without writing on it, one forward pass for each question.</summary>
internal sealed class LengthProbe(IMaskPredictor predictor, TokenRoles roles, CancellationToken token)
{
    /// <summary>The mean over the span of the likeliest token's probability.</summary>
    public double Confidence(Canvas canvas)
    {
        using var scope = torch.NewDisposeScope();
        var probabilities = Probabilities(canvas);                                                   // [R, V]
        return probabilities.amax([1]).mean().cpu().item<float>();
    }

    /// <summary>The mean log-probability of the tokens that the span's masks hide.</summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="hidden">The tokens, one for each mask.</param>
    public double LogProbability(Canvas canvas, IReadOnlyList<int> hidden)
    {
        using var scope = torch.NewDisposeScope();
        using Scalar least = 1e-30;
        var probabilities = Probabilities(canvas);                                                   // [R, V]
        var ids = torch.tensor(hidden.Select(id => (long)id).ToArray(), device: probabilities.device).unsqueeze(1);
        return probabilities.gather(1, ids).clamp_min(least).log().mean().cpu().item<float>();
    }

    private torch.Tensor Probabilities(Canvas canvas)
    {
        using Scalar never = float.NegativeInfinity;
        var rows = Enumerable.Range(canvas.SpanStart - roles.LogitShift, canvas.SpanLength).ToList();
        var logits = predictor.Predict(canvas, rows, token);                                         // [R, V]
        var forbidden = torch.tensor([.. roles.NeverSampled.Append(roles.Mask).Select(id => (long)id)], device: logits.device);
        return logits.index_fill(1, forbidden, never).softmax(1);                                    // [R, V]
    }
}
