using DiffusionLsp.Engine.Models;
using TorchSharp;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>What came of one canvas.</summary>
/// <param name="Steps">Denoising steps.</param>
/// <param name="Forwards">Forward passes of the network; as many as steps in the plain loop.</param>
/// <param name="Cells">The span's cells, all committed; empty where the model deleted everything.</param>
internal sealed record DenoisingResult(int Steps, int Forwards, IReadOnlyList<SpanCell> Cells);

/// <summary>
/// THE loop: while anything is masked, predict, sample, commit what is confident enough, then delete and expand as
/// the model asks (DreamOn, arXiv 2602.01326; DreamLM/DreamOn:eval/generator.py). It recomputes the whole canvas in
/// every step, which makes it the oracle of every faster path. It knows ids, not text.
/// </summary>
/// <remarks>
/// We differ from DreamOn in committing by a confidence threshold instead of a fixed number a step, in broadcasting
/// deletions always, and in keeping both deletions and expansions away from a seam's reserved cells.
/// Numbers go to libtorch as scalars that are held until it has read them: TorchSharp hands over a bare pointer, so a
/// scalar that nobody holds may be collected under the call, and a forbidden token be anything but forbidden.
/// </remarks>
internal sealed class Denoiser(IMaskPredictor predictor, TokenRoles roles)
{
    private const int FewestAhead = 8;
    private const int MasksAdded = 16;

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
        CancellationToken token)
    {
        var trace = new SpanTrace(canvas);
        var sampler = new TokenSampler(options.Temperature, options.Seed, options.Rule.Needs);
        int budget = options.ExpansionBudget;
        int step = 0;
        while (canvas.MaskedPositions() is { Count: > 0 } masked)
        {
            token.ThrowIfCancellationRequested();
            step++;
            bool isLast = step >= options.MaxForwards;
            bool mayExpand = !isLast && budget > 0 && canvas.SpanLength < options.LongestSpan;

            using var scope = torch.NewDisposeScope();
            using var inference = torch.inference_mode();
            var logits = WithoutForbidden(Predict(canvas, masked, token), mayExpand); // [R, V]
            var drafts = options.Drafts?.Invoke([.. canvas.Ids.Take(masked[0]).Skip(canvas.SpanStart)]) ?? [];
            Draft.Favour(drafts, logits, canvas, masked);
            var guesses = sampler.Sample(logits, masked, canvas.SpanStart, step);
            GoOnFromNothing(guesses, canvas, options.Blanks, row => sampler.Sample(
                WithoutDelete(logits.narrow(0, row, 1)), [masked[row]], canvas.SpanStart, step)[0]);
            int pace = (int)Math.Ceiling(StillToWrite(guesses, options.Order) / (options.MaxForwards - step + 1.0));
            trace.BeginStep(guesses);

            // The characters at a seam stand in the document, but the network cannot see them before the seam's
            // cells are committed. So these go first; others go along only where they are confident enough.
            bool seamsMoved = CommitSeams(trace, seams, Constrained, isLast);
            int reach = isLast ? canvas.SpanEnd : Math.Min(Reach(drafts, canvas, guesses), EndOfBlock(masked[0], canvas, options));
            var free = guesses.Where(guess =>
                guess.Position <= reach && canvas.IsMasked(guess.Position) && !IsReserved(guess.Position));
            int fewest = isLast ? canvas.SpanLength : seamsMoved ? 0 : pace;
            foreach (var guess in options.Order.Choose([.. free], options.Rule, fewest))
            {
                trace.Commit(guess);
            }

            ApplyDeletions(trace, IsReserved);
            budget -= ApplyExpansions(trace, Math.Min(budget, options.LongestSpan - canvas.SpanLength));
            if (!isLast && options.Order == UnmaskOrder.LeftToRight && roles.Delete is not null)
            {
                KeepAhead(trace, options.LongestSpan - canvas.SpanLength);
            }

            onStep?.Invoke(trace.Snapshot());

            bool IsReserved(int position) => seams.Any(seam => seam.Reserves(canvas, position));

            Guess Constrained(int position, IReadOnlyCollection<int> allowed)
            {
                var row = logits.narrow(0, masked.IndexOf(position), 1); // [1, V]
                return sampler.Sample(Only(row, allowed), [position], canvas.SpanStart, step)[0];
            }
        }

        return new DenoisingResult(step, step, trace.Snapshot());
    }

    /// <summary>
    /// How many tokens the span still takes, as far as the guesses tell: from the left, those before the span's guessed end,
    /// since all behind it will be deleted; in any other order, all masks. What this underrates, the last pass writes.
    /// </summary>
    private int StillToWrite(Guess[] guesses, UnmaskOrder order)
    {
        int end = order == UnmaskOrder.LeftToRight ? Array.FindIndex(guesses, guess => guess.TokenId == roles.Delete) : -1;
        return end < 0 ? guesses.Length : Math.Max(1, end);
    }

    /// <summary>The last position of the block that the first mask is in; from left to right there are none.</summary>
    private static int EndOfBlock(int firstMasked, Canvas canvas, DenoisingOptions options)
    {
        if (options.Order == UnmaskOrder.LeftToRight)
        {
            return canvas.SpanEnd;
        }

        int blocks = ((firstMasked - canvas.SpanStart) / options.BlockLength) + 1;
        return canvas.SpanStart + (blocks * options.BlockLength) - 1;
    }

    /// <summary>How far a step's guesses count: to the first position where they leave the draft they were made with.</summary>
    private static int Reach(IReadOnlyList<Draft> drafts, Canvas canvas, Guess[] guesses)
    {
        if (drafts is not [var best, ..])
        {
            return canvas.SpanEnd;
        }

        var guessed = guesses.ToDictionary(guess => guess.Position, guess => guess.TokenId);
        return best.LeftAt(
            guesses[0].Position,
            position => canvas.IsMasked(position) ? guessed[position] : canvas.Ids[position],
            canvas.SpanEnd);
    }

    /// <summary>The logits that predict the positions; under a logit shift they stand in the rows before them.</summary>
    private torch.Tensor Predict(Canvas canvas, List<int> positions, CancellationToken token)
    {
        if (positions[0] < roles.LogitShift)
        {
            throw new InvalidOperationException("Under a logit shift nothing predicts the first token of a canvas.");
        }

        return predictor.Predict(canvas, [.. positions.Select(position => position - roles.LogitShift)], token); // [R, V]
    }

    /// <summary>Forbids in place what no position may hold now.</summary>
    private torch.Tensor WithoutForbidden(torch.Tensor logits, bool mayExpand)
    {
        IEnumerable<int> forbidden = [.. roles.NeverSampled, roles.Mask];
        if (!mayExpand && roles.Expand is { } expand)
        {
            forbidden = forbidden.Append(expand);
        }

        using Scalar never = float.NegativeInfinity;
        return logits.index_fill_(1, Index(forbidden, logits), never); // [R, V]
    }

    private torch.Tensor WithoutDelete(torch.Tensor row)
    {
        using Scalar never = float.NegativeInfinity;
        return row.index_fill(1, Index([roles.Delete!.Value], row), never); // [1, V]
    }

    /// <summary>
    /// Where all of the span before its first masks is blank, none of them ends it: the next likeliest token stands there,
    /// as likely as the model said.
    /// </summary>
    private void GoOnFromNothing(Guess[] guesses, Canvas canvas, IReadOnlySet<int>? blanks, Func<int, Guess> other)
    {
        if (blanks is null || roles.Delete is not { } delete)
        {
            return;
        }

        int written = guesses[0].Position;
        bool isBlank = Enumerable.Range(canvas.SpanStart, written - canvas.SpanStart).All(at => blanks.Contains(canvas.Ids[at]));
        for (int row = 0; row < guesses.Length && isBlank && guesses[row].Position == written + row; row++)
        {
            if (guesses[row].TokenId == delete)
            {
                var next = other(row);
                guesses[row] = next with { Confidence = next.Confidence * (1 - guesses[row].Confidence) };
            }

            isBlank = blanks.Contains(guesses[row].TokenId);
        }
    }

    private static torch.Tensor Only(torch.Tensor row, IEnumerable<int> allowed)
    {
        using Scalar never = float.NegativeInfinity;
        var index = Index(allowed, row); // [A]
        return torch.full_like(row, never).index_copy_(1, index, row.index_select(1, index)); // [1, V]
    }

    private static torch.Tensor Index(IEnumerable<int> ids, torch.Tensor like) =>
        torch.tensor(ids.Select(id => (long)id).ToArray(), device: like.device);

    /// <summary>Moves every open seam by one token, in the last step to its end; tells whether any moved.</summary>
    private static bool CommitSeams(
        SpanTrace trace, IReadOnlyList<Seam> seams, Func<int, IReadOnlyCollection<int>, Guess> constrained, bool isLast)
    {
        bool moved = false;
        foreach (var seam in seams)
        {
            for (bool goOn = seam.Reserved > 0; goOn; goOn = isLast && seam.Reserved > 0)
            {
                var guess = constrained(seam.Frontier(trace.Canvas), seam.Allowed());
                trace.Commit(guess);
                seam.Accept(guess.TokenId);
                moved = true;
            }
        }

        return moved;
    }

    /// <summary>
    /// Removes the cells that were committed as deleted, and with the first of them every mask to its right: a model
    /// learns deletion as padding at the end of the middle, so what follows one is padding too.
    /// </summary>
    private void ApplyDeletions(SpanTrace trace, Func<int, bool> isReserved)
    {
        var canvas = trace.Canvas;
        int first = Enumerable.Range(canvas.SpanStart, canvas.SpanLength)
            .FirstOrDefault(position => canvas.Ids[position] == roles.Delete, canvas.SpanEnd);
        var doomed = Enumerable.Range(first, canvas.SpanEnd - first)
            .Where(position => canvas.Ids[position] == roles.Delete
                || (canvas.IsMasked(position) && !isReserved(position)))
            .ToList();
        foreach (int position in Enumerable.Reverse(doomed))
        {
            trace.Delete(position);
        }
    }

    /// <summary>
    /// A model that ends its spans by deletion and has not done so yet needs room to go on: where few masks are left at the
    /// span's end, more follow, so that a short canvas serves short spans and no span is cut off.
    /// </summary>
    private static void KeepAhead(SpanTrace trace, int most)
    {
        var masked = trace.Canvas.MaskedPositions();
        bool isOpen = masked.Count is > 0 and < FewestAhead && masked[^1] == trace.Canvas.SpanEnd - 1;
        for (int added = 0; isOpen && added < Math.Min(MasksAdded, most); added++)
        {
            trace.Expand(masked[^1]);
        }
    }

    /// <summary>
    /// Expands the cells that were committed as such, from the right; those beyond <paramref name="most"/> become
    /// masks again, and are asked once more when expanding is forbidden. Returns how many expanded.
    /// </summary>
    private int ApplyExpansions(SpanTrace trace, int most)
    {
        var canvas = trace.Canvas;
        int expanded = 0;
        for (int position = canvas.SpanEnd - 1; position >= canvas.SpanStart; position--)
        {
            if (canvas.Ids[position] != roles.Expand)
            {
                continue;
            }

            if (expanded < most)
            {
                trace.Expand(position);
                expanded++;
            }
            else
            {
                trace.Remask(position);
            }
        }

        return expanded;
    }
}
