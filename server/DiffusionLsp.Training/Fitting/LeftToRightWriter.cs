namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// No diffusion: <c>[prefix | border | suffix | mask | span | delete]</c>, every position predicting the next one. What
/// masked diffusion is measured against; the engine reads a canvas in the same order (PrefixSuffixMiddle).
/// </summary>
internal sealed class LeftToRightWriter(SpanBatch batch, int sequence, SpanTokens tokens)
    : SequenceWriter(batch, sequence, tokens)
{
    /// <inheritdoc/>
    protected override void WriteAll(ReadOnlySpan<ushort> document, SpanLayout layout, int deletes, SplitMix random)
    {
        var span = document[layout.SpanStart..layout.SpanEnd];
        WriteContext(layout.Before(document));
        AppendNext(Tokens.Border);
        WriteContext(document[layout.SpanEnd..layout.SuffixEnd]);
        int row = AppendNext(Tokens.Mask);
        foreach (ushort id in span)
        {
            LearnSpan(row, id, 1);
            row = AppendNext(id);
        }

        LearnSpan(row, Tokens.Delete, 1);
    }

    private void WriteContext(ReadOnlySpan<ushort> ids)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            int row = AppendNext(ids[i]);
            if (i + 1 < ids.Length)
            {
                LearnContext(row, ids[i + 1]);
            }
        }
    }

    private int AppendNext(long id)
    {
        int row = Append(id, Next, Next == 0 ? id : IdAt(Next - 1));
        See(row, 0, row + 1);
        if (row > 0)
        {
            Follow(row - 1, id);
        }

        return row;
    }
}
