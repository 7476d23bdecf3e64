using TorchSharp;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// The network as the denoiser sees it: a canvas in, logits out. Two kinds exist: a network over a checkpoint, and
/// the scripts of the tests.
/// </summary>
internal interface IMaskPredictor : IDisposable
{
    /// <summary>
    /// The raw logits of the network's outputs at <paramref name="rows"/>, before any logit shift.
    /// </summary>
    /// <param name="canvas">All token ids (length T) and where the span lies.</param>
    /// <param name="rows">Positions of the canvas, ascending (length R).</param>
    /// <param name="token">Checked before each layer.</param>
    /// <returns>Logits in fp32 on the CPU or the device, shape [R, V]; the caller disposes them.</returns>
    torch.Tensor Predict(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token);

    /// <summary>
    /// What <see cref="Predict"/> gives for canvases of the same prefix and suffix: one after another, or side by side where
    /// the network can.
    /// </summary>
    /// <param name="asked">The canvases and their rows; the order is theirs throughout.</param>
    /// <param name="token">Checked before each layer.</param>
    /// <returns>Logits of each; the caller disposes them.</returns>
    PackedLogits PredictTogether(IReadOnlyList<CanvasRows> asked, CancellationToken token) =>
        new([.. asked.Select(each => Predict(each.Canvas, each.Rows, token))], asked.Count);
}
