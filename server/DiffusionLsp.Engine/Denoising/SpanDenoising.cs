using DiffusionLsp.Engine.Models;
using TorchSharp;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// The denoising of one span: each step samples from what the network says of the masked positions, commits what is confident
/// enough, then deletes and expands as the model asks (DreamOn, arXiv 2602.01326; DreamLM/DreamOn:eval/generator.py). It
/// knows ids, not text, and no network.
/// </summary>
/// <remarks>
/// We differ from DreamOn in committing by a confidence threshold instead of a fixed number a step, in broadcasting
/// deletions always, and in keeping both deletions and expansions away from a seam's reserved cells.
/// Numbers go to libtorch as scalars that are held until it has read them: TorchSharp hands over a bare pointer, so a
/// scalar that nobody holds may be collected under the call, and a forbidden token be anything but forbidden.
/// </remarks>
internal sealed class SpanDenoising
{
    private const int FewestAhead = 8;
    private const int MasksAdded = 16;

    private readonly TokenRoles _roles;
    private readonly DenoisingOptions _options;
    private readonly IReadOnlyList<Seam> _seams;
    private readonly SpanTrace _trace;
    private readonly TokenSampler _sampler;
    private int _budget;

    /// <summary>Begins.</summary>
    /// <param name="canvas">A canvas whose span is all masks; it is changed in place.</param>
    /// <param name="roles">The vocabulary's tokens with a part to play.</param>
    /// <param name="options">How it is denoised.</param>
    /// <param name="seams">The edges under constraint; their cells are part of the span.</param>
    public SpanDenoising(Canvas canvas, TokenRoles roles, DenoisingOptions options, IReadOnlyList<Seam> seams)
    {
        (_roles, _options, _seams) = (roles, options, seams);
        _trace = new SpanTrace(canvas);
        _sampler = new TokenSampler(options.Temperature, options.Seed, options.Rule.Needs);
        _budget = options.ExpansionBudget;
    }

    /// <summary>The steps that were made.</summary>
    public int Steps { get; private set; }

    /// <summary>The span's cells now, as a list of its own.</summary>
    public IReadOnlyList<SpanCell> Cells => _trace.Snapshot();

    /// <summary>
    /// What the next step asks of the network: the rows that predict the masked positions, under a logit shift those before
    /// them; none at the end.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing predicts the first token of a canvas under a logit shift.</exception>
    public CanvasRows Asked
    {
        get
        {
            var masked = Canvas.MaskedPositions();
            return masked is [var first, ..] && first < _roles.LogitShift
                ? throw new InvalidOperationException("Under a logit shift nothing predicts the first token of a canvas.")
                : new CanvasRows(Canvas, [.. masked.Select(position => position - _roles.LogitShift)]);
        }
    }

    /// <summary>Makes a step.</summary>
    /// <param name="predicted">Logits of the rows asked for, shape [R, V]; changed in place.</param>
    public void Step(torch.Tensor predicted)
    {
        var canvas = Canvas;
        var masked = canvas.MaskedPositions();
        int step = ++Steps;
        bool isLast = step >= _options.MaxForwards;
        bool mayExpand = !isLast && _budget > 0 && canvas.SpanLength < _options.LongestSpan;

        var logits = WithoutForbidden(predicted, mayExpand); // [R, V]
        var drafts = _options.Drafts?.Invoke([.. canvas.Ids.Take(masked[0]).Skip(canvas.SpanStart)]) ?? [];
        Draft.Favour(drafts, logits, canvas, masked);
        var guesses = _sampler.Sample(logits, masked, canvas.SpanStart, step);
        GoOnFromNothing(guesses, row => _sampler.Sample(
            WithoutDelete(logits.narrow(0, row, 1)), [masked[row]], canvas.SpanStart, step)[0]);
        int pace = (int)Math.Ceiling(StillToWrite(guesses) / (_options.MaxForwards - step + 1.0));
        _trace.BeginStep(guesses);

        // The characters at a seam stand in the document, but the network cannot see them before the seam's
        // cells are committed. So these go first; others go along only where they are confident enough.
        bool seamsMoved = CommitSeams(Constrained, isLast);
        int reach = isLast ? canvas.SpanEnd : Math.Min(Reach(drafts, canvas, guesses), EndOfBlock(masked[0]));
        var free = guesses.Where(guess =>
            guess.Position <= reach && canvas.IsMasked(guess.Position) && !IsReserved(guess.Position));
        int fewest = isLast ? canvas.SpanLength : seamsMoved ? 0 : pace;
        foreach (var guess in _options.Order.Choose([.. free], _options.Rule, fewest))
        {
            _trace.Commit(guess);
        }

        ApplyDeletions();
        _budget -= ApplyExpansions(Math.Min(_budget, _options.LongestSpan - canvas.SpanLength));
        if (!isLast && _options.Order == UnmaskOrder.LeftToRight && _roles.Delete is not null)
        {
            KeepAhead(_options.LongestSpan - canvas.SpanLength);
        }

        Guess Constrained(int position, IReadOnlyCollection<int> allowed)
        {
            var row = logits.narrow(0, masked.IndexOf(position), 1); // [1, V]
            return _sampler.Sample(Only(row, allowed), [position], canvas.SpanStart, step)[0];
        }
    }

    private Canvas Canvas => _trace.Canvas;

    private bool IsReserved(int position) => _seams.Any(seam => seam.Reserves(Canvas, position));

    /// <summary>
    /// How many tokens the span still takes, as far as the guesses tell: from the left, those before the span's guessed end,
    /// since all behind it will be deleted; in any other order, all masks. What this underrates, the last pass writes.
    /// </summary>
    private int StillToWrite(Guess[] guesses)
    {
        int end = _options.Order == UnmaskOrder.LeftToRight ? Array.FindIndex(guesses, guess => guess.TokenId == _roles.Delete) : -1;
        return end < 0 ? guesses.Length : Math.Max(1, end);
    }

    /// <summary>The last position of the block that the first mask is in; from left to right there are none.</summary>
    private int EndOfBlock(int firstMasked)
    {
        if (_options.Order == UnmaskOrder.LeftToRight)
        {
            return Canvas.SpanEnd;
        }

        int blocks = ((firstMasked - Canvas.SpanStart) / _options.BlockLength) + 1;
        return Canvas.SpanStart + (blocks * _options.BlockLength) - 1;
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

    /// <summary>Forbids in place what no position may hold now.</summary>
    private torch.Tensor WithoutForbidden(torch.Tensor logits, bool mayExpand)
    {
        IEnumerable<int> forbidden = [.. _roles.NeverSampled, _roles.Mask];
        if (!mayExpand && _roles.Expand is { } expand)
        {
            forbidden = forbidden.Append(expand);
        }

        using Scalar never = float.NegativeInfinity;
        return logits.index_fill_(1, Index(forbidden, logits), never); // [R, V]
    }

    private torch.Tensor WithoutDelete(torch.Tensor row)
    {
        using Scalar never = float.NegativeInfinity;
        return row.index_fill(1, Index([_roles.Delete!.Value], row), never); // [1, V]
    }

    /// <summary>
    /// Where all of the span before its first masks is blank, none of them ends it: the next likeliest token stands there,
    /// as likely as the model said.
    /// </summary>
    private void GoOnFromNothing(Guess[] guesses, Func<int, Guess> other)
    {
        if (_options.Blanks is not { } blanks || _roles.Delete is not { } delete)
        {
            return;
        }

        int written = guesses[0].Position;
        bool isBlank = Enumerable.Range(Canvas.SpanStart, written - Canvas.SpanStart).All(at => blanks.Contains(Canvas.Ids[at]));
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
    private bool CommitSeams(Func<int, IReadOnlyCollection<int>, Guess> constrained, bool isLast)
    {
        bool moved = false;
        foreach (var seam in _seams)
        {
            for (bool goOn = seam.Reserved > 0; goOn; goOn = isLast && seam.Reserved > 0)
            {
                var guess = constrained(seam.Frontier(Canvas), seam.Allowed());
                _trace.Commit(guess);
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
    private void ApplyDeletions()
    {
        var canvas = Canvas;
        int first = Enumerable.Range(canvas.SpanStart, canvas.SpanLength)
            .FirstOrDefault(position => canvas.Ids[position] == _roles.Delete, canvas.SpanEnd);
        var doomed = Enumerable.Range(first, canvas.SpanEnd - first)
            .Where(position => canvas.Ids[position] == _roles.Delete
                || (canvas.IsMasked(position) && !IsReserved(position)))
            .ToList();
        foreach (int position in Enumerable.Reverse(doomed))
        {
            _trace.Delete(position);
        }
    }

    /// <summary>
    /// A model that ends its spans by deletion and has not done so yet needs room to go on: where few masks are left at the
    /// span's end, more follow, so that a short canvas serves short spans and no span is cut off.
    /// </summary>
    private void KeepAhead(int most)
    {
        var masked = Canvas.MaskedPositions();
        bool isOpen = masked.Count is > 0 and < FewestAhead && masked[^1] == Canvas.SpanEnd - 1;
        for (int added = 0; isOpen && added < Math.Min(MasksAdded, most); added++)
        {
            _trace.Expand(masked[^1]);
        }
    }

    /// <summary>
    /// Expands the cells that were committed as such, from the right; those beyond <paramref name="most"/> become
    /// masks again, and are asked once more when expanding is forbidden. Returns how many expanded.
    /// </summary>
    private int ApplyExpansions(int most)
    {
        var canvas = Canvas;
        int expanded = 0;
        for (int position = canvas.SpanEnd - 1; position >= canvas.SpanStart; position--)
        {
            if (canvas.Ids[position] != _roles.Expand)
            {
                continue;
            }

            if (expanded < most)
            {
                _trace.Expand(position);
                expanded++;
            }
            else
            {
                _trace.Remask(position);
            }
        }

        return expanded;
    }
}
