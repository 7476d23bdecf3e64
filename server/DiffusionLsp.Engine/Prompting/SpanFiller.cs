using System.Collections.Frozen;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Denoising.SpanLength;
using DiffusionLsp.Engine.Models;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>A span to be filled. Its seams serve one denoising loop, so every try takes a new one.</summary>
/// <param name="Prompt">What stands around it.</param>
/// <param name="Options">How it is denoised.</param>
/// <param name="Text">Turns its cells into text.</param>
internal sealed record NewSpan(InfillPrompt Prompt, DenoisingOptions Options, SpanText Text);

/// <summary>How long a span is to be.</summary>
/// <param name="Search">How the length is found.</param>
/// <param name="Longest">The longest middle, in tokens.</param>
internal sealed record SpanWish(SpanLengthSearch Search, int Longest)
{
    /// <summary>The masks to start with, where no length is searched for.</summary>
    public required int Masks { get; init; }

    /// <summary>The most forward passes, those of the search among them; null: as many as it takes.</summary>
    public int? MaxForwards { get; init; }
}

/// <summary>A span that is filled.</summary>
/// <param name="Span">The span.</param>
/// <param name="Result">Its cells.</param>
/// <param name="Forwards">All forward passes, those for lengths that were not taken among them.</param>
internal sealed record FilledSpan(NewSpan Span, DenoisingResult Result, int Forwards);

/// <summary>A middle of one of several lengths, while it is written.</summary>
/// <param name="Span">The span.</param>
/// <param name="Denoising">How far it is.</param>
/// <param name="Steps">What would be told of it, if it is taken.</param>
internal sealed record Candidate(NewSpan Span, SpanDenoising Denoising, List<DenoisingStep> Steps)
{
    /// <summary>Notes what a step made of it.</summary>
    public void Keep(IReadOnlyList<SpanCell> cells) => Steps.Add(new DenoisingStep(Steps.Count + 1, Span.Text.Cells(cells)));
}

/// <summary>Fills a span of a length that it finds, by the loop: one denoising of a canvas, or of one for each length side by side.</summary>
/// <param name="predictor">The network.</param>
/// <param name="roles">The vocabulary's tokens with a part to play.</param>
/// <param name="newSpan">Makes the span for one try.</param>
/// <param name="blanks">The ids of blanks, where a span may not be blank alone; else null.</param>
/// <param name="bias">How sure the network is of masks for their number.</param>
internal sealed class SpanFiller(IMaskPredictor predictor, TokenRoles roles, Func<NewSpan> newSpan, IReadOnlySet<int>? blanks, LengthBias bias)
{
    /// <summary>Fills the span.</summary>
    public FilledSpan Fill(SpanWish wish, Action<DenoisingStep>? onStep, CancellationToken token) => wish.Search switch
    {
        SpanLengthSearch.Cal => FillCalibrated(wish, onStep, token),
        SpanLengthSearch.Packed => FillLikeliest(wish, onStep, token),
        _ => FillNotEmpty(wish, onStep, token),
    };

    /// <summary>
    /// DreamOn deletes all of its span where it would rather write nothing: as a generator, half of its answers were empty. Such an
    /// answer is asked for once more, with a first cell that may not be deleted; what stands there keeps the little
    /// probability that the model gave it, so nobody is shown it who did not ask. A model that only deletes was trained on
    /// spans that are empty, so its answer stands.
    /// </summary>
    private FilledSpan FillNotEmpty(SpanWish wish, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        var filled = Denoise(newSpan(), wish.Masks, onStep, token);
        if (filled.Result.Cells.Count > 0 || roles.Expand is null || roles.Delete is null || blanks is not null)
        {
            return filled;
        }

        var span = newSpan();
        var again = Denoise(span with { Options = span.Options with { Blanks = FrozenSet<int>.Empty } }, wish.Masks, onStep, token);
        return again with { Forwards = again.Forwards + filled.Forwards };
    }

    private FilledSpan FillCalibrated(SpanWish wish, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        var span = newSpan();
        var probe = new LengthProbe(predictor, roles, token);
        var search = new CalibratedLength(
            length => probe.Confidence(CanvasOf(span.Prompt, length + span.Prompt.SeamCells)), bias);
        int length = search.Find(wish.Longest, wish.MaxForwards / 2 ?? int.MaxValue);
        int? left = wish.MaxForwards - search.Forwards;
        var bounded = left is { } most ? span with { Options = span.Options with { MaxForwards = Math.Max(1, most) } } : span;
        var filled = Denoise(bounded, length, onStep, token);
        return filled with { Forwards = filled.Forwards + search.Forwards };
    }

    /// <summary>The steps of the length that was taken are told when it is taken.</summary>
    private FilledSpan FillLikeliest(SpanWish wish, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        int passes = Math.Clamp(wish.MaxForwards - CandidateLengths.OtherForwards ?? int.MaxValue, 1, CandidateLengths.MostForwards);
        Candidate[] candidates =
        [
            .. CandidateLengths.Upto(wish.Longest).Select(length =>
            {
                var span = newSpan();
                var bounded = span with { Options = span.Options with { MaxForwards = passes } };
                return new Candidate(bounded, Begin(bounded, length), []);
            }),
        ];
        Action<int, IReadOnlyList<SpanCell>>? keep = onStep is null ? null : (at, cells) => candidates[at].Keep(cells);
        int forwards = new Denoiser(predictor, roles).DenoiseTogether([.. candidates.Select(each => each.Denoising)], keep, token);
        var (behind, asked) = SuffixLogProbabilities(candidates, token);
        var (best, _) = candidates.Zip(behind).MaxBy(each => CandidateLengths.Score(each.First.Denoising.Cells, each.Second));

        best.Steps.ForEach(step => onStep?.Invoke(step));
        var result = new DenoisingResult(best.Denoising.Steps, best.Denoising.Steps, best.Denoising.Cells);
        return new FilledSpan(best.Span, result, forwards + asked);
    }

    /// <summary>
    /// How likely each candidate makes the first tokens behind it: they are hidden as if they belonged to its span. 0 where
    /// there is no suffix.
    /// </summary>
    private (double[] LogProbabilities, int Forwards) SuffixLogProbabilities(Candidate[] candidates, CancellationToken token)
    {
        var (prefix, suffix) = (candidates[0].Span.Prompt.Prefix, candidates[0].Span.Prompt.Suffix);
        int hidden = Math.Min(CandidateLengths.SuffixTokens, suffix.Count);
        return hidden == 0
            ? (new double[candidates.Length], 0)
            : new LengthProbe(predictor, roles, token).LogProbabilities([.. candidates.Select(Open)], [.. suffix.Take(hidden)]);

        Canvas Open(Candidate candidate)
        {
            var cells = candidate.Denoising.Cells;
            var canvas = new Canvas(prefix, cells.Count + hidden, [.. suffix.Skip(hidden)], roles.Mask);
            for (int cell = 0; cell < cells.Count; cell++)
            {
                canvas.Commit(prefix.Count + cell, cells[cell].TokenId);
            }

            return canvas;
        }
    }

    private FilledSpan Denoise(NewSpan span, int masks, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        int steps = 0;
        var result = new Denoiser(predictor, roles).Denoise(
            Begin(span, masks),
            onStep is null ? null : cells => onStep(new DenoisingStep(++steps, span.Text.Cells(cells))),
            token);
        return new FilledSpan(span, result, result.Forwards);
    }

    private SpanDenoising Begin(NewSpan span, int masks)
    {
        var (prompt, options, _) = span;
        int drafted = options.Drafts?.Invoke([]) is [var best, ..] ? best.Ids.Count : 0;
        int cells = Math.Max(Math.Min(masks, options.LongestSpan - prompt.SeamCells) + prompt.SeamCells, drafted);
        return new SpanDenoising(CanvasOf(prompt, Math.Min(cells, options.LongestSpan)), roles, options, prompt.Seams);
    }

    private Canvas CanvasOf(InfillPrompt prompt, int cells) => new(prompt.Prefix, cells, prompt.Suffix, roles.Mask);
}
