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

/// <summary>Fills a span of a length that it finds, by the loop: one denoising of a canvas, or one for each length.</summary>
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
        var lengths = CandidateLengths.Upto(wish.Longest);
        int passes = Math.Clamp((wish.MaxForwards / lengths.Count) - 1 ?? CandidateLengths.MostForwards, 1, CandidateLengths.MostForwards);
        (FilledSpan Filled, List<DenoisingStep> Steps)? best = null;
        double highest = double.NegativeInfinity;
        int forwards = 0;
        foreach (int length in lengths)
        {
            var span = newSpan();
            var bounded = span with { Options = span.Options with { MaxForwards = passes } };
            List<DenoisingStep> steps = [];
            var filled = Denoise(bounded, length, onStep is null ? null : steps.Add, token);
            forwards += filled.Forwards;
            double score = CandidateLengths.Score(filled.Result, SuffixLogProbability(filled, token, ref forwards));
            if (best is null || score > highest)
            {
                (best, highest) = ((filled, steps), score);
            }
        }

        best!.Value.Steps.ForEach(step => onStep?.Invoke(step));
        return best.Value.Filled with { Forwards = forwards };
    }

    private double SuffixLogProbability(FilledSpan filled, CancellationToken token, ref int forwards)
    {
        var (prefix, suffix) = (filled.Span.Prompt.Prefix, filled.Span.Prompt.Suffix);
        int hidden = Math.Min(CandidateLengths.SuffixTokens, suffix.Count);
        if (hidden == 0)
        {
            return 0;
        }

        forwards++;
        var canvas = new Canvas([.. prefix, .. filled.Result.Cells.Select(cell => cell.TokenId)], hidden, [.. suffix.Skip(hidden)], roles.Mask);
        return new LengthProbe(predictor, roles, token).LogProbability(canvas, [.. suffix.Take(hidden)]);
    }

    private FilledSpan Denoise(NewSpan span, int masks, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        var (prompt, options, text) = span;
        int drafted = options.Drafts?.Invoke([]) is [var best, ..] ? best.Ids.Count : 0;
        int cells = Math.Max(Math.Min(masks, options.LongestSpan - prompt.SeamCells) + prompt.SeamCells, drafted);
        int steps = 0;
        var result = new Denoiser(predictor, roles).Denoise(
            CanvasOf(prompt, Math.Min(cells, options.LongestSpan)),
            options,
            prompt.Seams,
            onStep is null ? null : denoised => onStep(new DenoisingStep(++steps, text.Cells(denoised))),
            token);
        return new FilledSpan(span, result, result.Forwards);
    }

    private Canvas CanvasOf(InfillPrompt prompt, int cells) => new(prompt.Prefix, cells, prompt.Suffix, roles.Mask);
}
