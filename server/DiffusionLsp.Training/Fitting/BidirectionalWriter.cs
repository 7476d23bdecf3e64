namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// The pattern of open checkpoints: prefix, one noisy span, suffix, and everything sees everything. Since nothing can
/// learn next tokens here, some of the context is masked and learnt as well.
/// </summary>
internal sealed class BidirectionalWriter(SpanBatch batch, int sequence, SpanTokens tokens)
    : SequenceWriter(batch, sequence, tokens)
{
    private const double ContextNoise = 0.15;

    /// <inheritdoc/>
    protected override void WriteAll(ReadOnlySpan<ushort> document, SpanLayout layout, int deletes, SplitMix random)
    {
        var span = document[layout.SpanStart..layout.SpanEnd];
        WriteContext(layout.Before(document), random);
        bool[] masked = SpanNoise.Draw(span.Length, deletes, random.Unit(), random);
        float[] weights = SpanNoise.Weights(masked);
        for (int i = 0; i < masked.Length; i++)
        {
            long id = i < span.Length ? span[i] : Tokens.Delete;
            int row = AppendNext(masked[i] ? Tokens.Mask : id);
            if (masked[i])
            {
                LearnSpan(row, id, weights[i]);
            }
        }

        WriteContext(document[layout.SpanEnd..layout.SuffixEnd], random);
        int length = Next;
        for (int row = 0; row < length; row++)
        {
            See(row, 0, length);
        }
    }

    private void WriteContext(ReadOnlySpan<ushort> ids, SplitMix random)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            bool masked = random.Unit() < ContextNoise;
            int row = AppendNext(masked ? Tokens.Mask : ids[i]);
            if (masked)
            {
                LearnContext(row, ids[i]);
            }
            else if (i > 0 && IdAt(row - 1) != Tokens.Mask)
            {
                Follow(row - 1, ids[i]);
            }
        }
    }

    private int AppendNext(long id) => Append(id, Next, Next == 0 ? id : IdAt(Next - 1));
}
