using DiffusionLsp.Engine.Models;
using TorchSharp;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>What came of one canvas.</summary>
/// <param name="Steps">Denoising steps.</param>
/// <param name="Forwards">Forward passes of the network; as many as steps in the plain loop.</param>
/// <param name="Cells">The span's cells, all committed; empty where the model deleted everything.</param>
internal sealed record DenoisingResult(int Steps, int Forwards, IReadOnlyList<SpanCell> Cells);

/// <summary>
/// THE loop: while anything is masked, predict the masked positions, and let <see cref="SpanDenoising"/> commit, delete and
/// expand. With a predictor that recomputes the whole canvas in every step it is the oracle of every faster path.
/// </summary>
internal sealed class Denoiser(IMaskPredictor predictor, TokenRoles roles)
{
    /// <summary>Denoises the span of <paramref name="canvas"/>, changing it in place.</summary>
    /// <param name="canvas">A canvas whose span is all masks.</param>
    /// <param name="options">How.</param>
    /// <param name="seams">The edges under constraint; their cells are part of the span.</param>
    /// <param name="onStep">Called after every step with the span's cells.</param>
    /// <param name="token">Checked before every step, and by the network before every layer.</param>
    public DenoisingResult Denoise(
        Canvas canvas,
        DenoisingOptions options,
        IReadOnlyList<Seam> seams,
        Action<IReadOnlyList<SpanCell>>? onStep,
        CancellationToken token) => Denoise(new SpanDenoising(canvas, roles, options, seams), onStep, token);

    /// <summary>Denoises a span to its end.</summary>
    /// <param name="span">The span.</param>
    /// <param name="onStep">Called after every step with the span's cells.</param>
    /// <param name="token">Checked before every step, and by the network before every layer.</param>
    public DenoisingResult Denoise(SpanDenoising span, Action<IReadOnlyList<SpanCell>>? onStep, CancellationToken token)
    {
        while (span.Asked is { Rows.Count: > 0 } asked)
        {
            token.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            using var inference = torch.inference_mode();
            span.Step(predictor.Predict(asked.Canvas, asked.Rows, token));
            onStep?.Invoke(span.Cells);
        }

        return new DenoisingResult(span.Steps, span.Steps, span.Cells);
    }

    /// <summary>
    /// Denoises spans of several lengths in the same context, a step of each at a time, all of them in one pass of a predictor
    /// that can do that.
    /// </summary>
    /// <param name="spans">The spans.</param>
    /// <param name="onStep">Called after every step with the number of the span and its cells.</param>
    /// <param name="token">Checked before every step, and by the network before every layer.</param>
    /// <returns>The forward passes that it took.</returns>
    public int DenoiseTogether(
        IReadOnlyList<SpanDenoising> spans, Action<int, IReadOnlyList<SpanCell>>? onStep, CancellationToken token)
    {
        int forwards = 0;
        while (Open() is { Count: > 0 } open)
        {
            token.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            using var inference = torch.inference_mode();
            var predicted = predictor.PredictTogether([.. open.Select(at => spans[at].Asked)], token);
            forwards += predicted.Forwards;
            foreach (var (at, logits) in open.Zip(predicted.Logits))
            {
                spans[at].Step(logits);
                onStep?.Invoke(at, spans[at].Cells);
            }
        }

        return forwards;

        List<int> Open() => [.. Enumerable.Range(0, spans.Count).Where(at => spans[at].Asked.Rows.Count > 0)];
    }
}
