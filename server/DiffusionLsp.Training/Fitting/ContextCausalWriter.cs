namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// The context-causal pattern: the context predicts its own next tokens and sees no copy; then come as many noisy copies
/// of the span as fit. A copy sees both sides of the context and itself, never another copy.
/// </summary>
internal sealed class ContextCausalWriter(SpanBatch batch, int sequence, SpanTokens tokens)
    : SequenceWriter(batch, sequence, tokens)
{
    private const int MaxCopies = 8;

    /// <inheritdoc/>
    protected override void WriteAll(ReadOnlySpan<ushort> document, SpanLayout layout, int deletes, SplitMix random)
    {
        var span = document[layout.SpanStart..layout.SpanEnd];
        int length = span.Length + deletes;
        var prefix = layout.Before(document);
        WriteContext(prefix, 0, span[0]);
        long next = layout.SuffixEnd < document.Length ? document[layout.SuffixEnd] : -1;
        WriteContext(document[layout.SpanEnd..layout.SuffixEnd], prefix.Length + length, next);
        var site = new CopySite(Next, prefix.Length, prefix.IsEmpty ? Tokens.Mask : prefix[^1]);
        int copies = Math.Min(MaxCopies, (Batch.Length - Next) / length);
        double offset = random.Unit();
        for (int copy = 0; copy < copies; copy++)
        {
            WriteCopy(span, SpanNoise.Draw(span.Length, deletes, (copy + offset) / copies, random), site, random);
        }
    }

    private void WriteContext(ReadOnlySpan<ushort> ids, int position, long after)
    {
        int start = Next;
        for (int i = 0; i < ids.Length; i++)
        {
            int row = Append(ids[i], position + i, ids[Math.Max(0, i - 1)]);
            See(row, start, row + 1);
            bool isLast = i + 1 == ids.Length;
            if (!isLast)
            {
                Follow(row, ids[i + 1]);
            }

            if (!isLast || after >= 0)
            {
                LearnContext(row, isLast ? after : ids[i + 1]);
            }
        }
    }

    private void WriteCopy(ReadOnlySpan<ushort> span, bool[] masked, CopySite site, SplitMix random)
    {
        var cells = SpanNoise.Merge(masked, span.Length, Tokens.Expand is null ? 0 : Tokens.ExpandShare, random);
        float[] weights = SpanNoise.Weights([.. cells.Select(cell => masked[cell.Token])]);
        int start = Next;
        for (int i = 0; i < cells.Count; i++)
        {
            int token = cells[i].Token;
            long id = token < span.Length ? span[token] : Tokens.Delete;
            long before = i == 0 ? site.Before : IdAt(Next - 1);
            int row = Append(masked[token] ? Tokens.Mask : id, site.Prefix + i, before);
            See(row, 0, site.Context);
            See(row, start, start + cells.Count);
            if (masked[token])
            {
                LearnSpan(row, cells[i].Expands ? Tokens.Expand!.Value : id, weights[i]);
            }
        }
    }

    /// <summary>Where the copies stand.</summary>
    /// <param name="Context">Positions of context in the sequence.</param>
    /// <param name="Prefix">Tokens of the prefix.</param>
    /// <param name="Before">The id before the span; the mask itself where the prefix is empty.</param>
    private readonly record struct CopySite(int Context, int Prefix, long Before);
}
