using DiffusionLsp.Engine.Models;
using TorchSharp;

namespace DiffusionLsp.Engine.Denoising.SpanLength;

/// <summary>What a network says of a canvas without writing on it, as few forward passes as may be.</summary>
internal sealed class LengthProbe(IMaskPredictor predictor, TokenRoles roles, CancellationToken token)
{
    /// <summary>The mean over the span of the likeliest token's probability.</summary>
    public double Confidence(Canvas canvas)
    {
        using var scope = torch.NewDisposeScope();
        var probabilities = Probabilities(predictor.Predict(canvas, RowsOf(canvas), token));         // [R, V]
        return probabilities.amax([1]).mean().cpu().item<float>();
    }

    /// <summary>The mean log-probability of the tokens that the masks of each canvas hide.</summary>
    /// <param name="canvases">The canvases, all of one context.</param>
    /// <param name="hidden">The tokens, one for each mask of a canvas.</param>
    /// <returns>One for each canvas, and the forward passes that it took.</returns>
    public (double[] LogProbabilities, int Forwards) LogProbabilities(IReadOnlyList<Canvas> canvases, IReadOnlyList<int> hidden)
    {
        using var scope = torch.NewDisposeScope();
        using Scalar least = 1e-30;
        var predicted = predictor.PredictTogether([.. canvases.Select(canvas => new CanvasRows(canvas, RowsOf(canvas)))], token);
        var ids = torch.tensor(hidden.Select(id => (long)id).ToArray(), device: predicted.Logits[0].device).unsqueeze(1); // [R, 1]
        double[] means = [.. predicted.Logits.Select(logits =>
            (double)Probabilities(logits).gather(1, ids).clamp_min(least).log().mean().cpu().item<float>())];
        return (means, predicted.Forwards);
    }

    private List<int> RowsOf(Canvas canvas) => [.. canvas.MaskedPositions().Select(position => position - roles.LogitShift)];

    private torch.Tensor Probabilities(torch.Tensor logits)
    {
        using Scalar never = float.NegativeInfinity;
        var forbidden = torch.tensor([.. roles.NeverSampled.Append(roles.Mask).Select(id => (long)id)], device: logits.device);
        return logits.index_fill(1, forbidden, never).softmax(1);                                    // [R, V]
    }
}
