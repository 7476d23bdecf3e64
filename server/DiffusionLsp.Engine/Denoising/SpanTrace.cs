namespace DiffusionLsp.Engine.Denoising;

/// <summary>One cell of the span as the denoiser reports it.</summary>
/// <param name="TokenId">What the canvas holds there: a token or the mask.</param>
/// <param name="State">Masked, committed in this step, or committed before.</param>
/// <param name="Confidence">The token's when it was committed; while masked, the best guess's (0 before one).</param>
internal readonly record struct SpanCell(int TokenId, CellState State, double Confidence);

/// <summary>
/// A canvas together with what is known about each cell of its span. Every change of the canvas goes through here,
/// so that the two never disagree. It decides nothing.
/// </summary>
internal sealed class SpanTrace
{
    private readonly List<SpanCell> _cells;

    /// <summary>Traces a canvas whose span is all masks.</summary>
    public SpanTrace(Canvas canvas)
    {
        Canvas = canvas;
        _cells = [.. Enumerable.Repeat(MaskedCell, canvas.SpanLength)];
    }

    /// <summary>The canvas; read it here, write it through the trace.</summary>
    public Canvas Canvas { get; }

    /// <summary>The cells now, as a list of its own.</summary>
    public IReadOnlyList<SpanCell> Snapshot() => [.. _cells];

    /// <summary>Begins a step: what was fresh is no more, and the masks carry their new best guess.</summary>
    public void BeginStep(IReadOnlyList<Guess> guesses)
    {
        for (int cell = 0; cell < _cells.Count; cell++)
        {
            if (_cells[cell].State == CellState.Fresh)
            {
                _cells[cell] = _cells[cell] with { State = CellState.Committed };
            }
        }

        foreach (var guess in guesses)
        {
            _cells[guess.Position - Canvas.SpanStart] = MaskedCell with { Confidence = guess.Confidence };
        }
    }

    /// <summary>Writes the guess on its position.</summary>
    public void Commit(Guess guess)
    {
        Canvas.Commit(guess.Position, guess.TokenId);
        _cells[guess.Position - Canvas.SpanStart] = new SpanCell(guess.TokenId, CellState.Fresh, guess.Confidence);
    }

    /// <summary>Makes the position a mask again.</summary>
    public void Remask(int position)
    {
        Canvas.Commit(position, Canvas.MaskTokenId);
        _cells[position - Canvas.SpanStart] = MaskedCell;
    }

    /// <summary>Removes the position.</summary>
    public void Delete(int position)
    {
        Canvas.Delete(position);
        _cells.RemoveAt(position - Canvas.SpanStart);
    }

    /// <summary>Replaces the position by two masks.</summary>
    public void Expand(int position)
    {
        Canvas.Expand(position);
        _cells[position - Canvas.SpanStart] = MaskedCell;
        _cells.Insert(position - Canvas.SpanStart, MaskedCell);
    }

    private SpanCell MaskedCell => new(Canvas.MaskTokenId, CellState.Masked, 0);
}
