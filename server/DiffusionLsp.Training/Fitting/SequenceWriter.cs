namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Writes one sequence into a batch: context with the context-causal pattern, then as many noisy copies of the span as
/// fit. A copy sees both sides of the context and itself, never another copy.
/// </summary>
internal sealed class SequenceWriter(SpanBatch batch, int sequence, SpanTokens tokens)
{
    private const int MaxCopies = 8;

    private readonly int _first = sequence * batch.Length;
    private int _next;

    /// <summary>Writes the sequence.</summary>
    /// <param name="document">The document's ids.</param>
    /// <param name="layout">Prefix, span and suffix in it.</param>
    /// <param name="deletes">Delete tokens after the span's own tokens.</param>
    /// <param name="random">The batch's generator.</param>
    public void Write(ReadOnlySpan<ushort> document, SpanLayout layout, int deletes, SplitMix random)
    {
        Array.Fill(batch.Ids, tokens.Pad, _first, batch.Length);
        var span = document[layout.SpanStart..layout.SpanEnd];
        int length = span.Length + deletes;
        var prefix = document[layout.PrefixStart..layout.SpanStart];
        WriteContext(prefix, 0, span[0]);
        long next = layout.SuffixEnd < document.Length ? document[layout.SuffixEnd] : -1;
        WriteContext(document[layout.SpanEnd..layout.SuffixEnd], prefix.Length + length, next);
        int context = _next;
        int copies = Math.Min(MaxCopies, (batch.Length - _next) / length);
        double offset = random.Unit();
        for (int copy = 0; copy < copies; copy++)
        {
            WriteCopy(span, length, context, prefix.Length, (copy + offset) / copies, random);
        }

        SeePadding();
    }

    private void WriteContext(ReadOnlySpan<ushort> ids, int position, long after)
    {
        int start = _next;
        for (int i = 0; i < ids.Length; i++, _next++)
        {
            batch.Ids[_first + _next] = ids[i];
            batch.Positions[_first + _next] = position + i;
            See(_next, start, _next + 1);
            long target = i + 1 < ids.Length ? ids[i + 1] : after;
            if (target >= 0)
            {
                batch.NextTokens.Add((_first + _next, target));
            }
        }
    }

    /// <summary>
    /// One noisy copy at noise level <paramref name="noise"/>: half of them mask positions at random, half everything
    /// after a point, since decoding meets both. Delete tokens are always masked. A masked position weighs 1/n where it
    /// is the n-th of its run: those next to what is visible are decided next. The weight never looks at the target, or
    /// the model would misjudge where a span ends (DreamLM/DreamOn:src/trainer/fsdp_sft_expand_trainer.py, which averages
    /// the delete tokens into one, relies on commits from the far end instead).
    /// </summary>
    private void WriteCopy(ReadOnlySpan<ushort> span, int length, int context, int prefix, double noise, SplitMix random)
    {
        int start = _next;
        bool fromLeft = random.Below(2) == 0;
        int visible = (int)((1 - noise) * (span.Length + 1));
        int run = 0;
        for (int i = 0; i < length; i++, _next++)
        {
            bool isDelete = i >= span.Length;
            bool masked = isDelete || (fromLeft ? i >= visible : random.Unit() < noise);
            long id = isDelete ? tokens.Delete : span[i];
            batch.Ids[_first + _next] = masked ? tokens.Mask : id;
            batch.Positions[_first + _next] = prefix + i;
            See(_next, 0, context);
            See(_next, start, start + length);
            run = masked ? run + 1 : 0;
            if (masked)
            {
                batch.Masked.Add((_first + _next, id, 1f / run));
            }
        }
    }

    /// <summary>A row of attention must see something, or its softmax is undefined: padding sees itself.</summary>
    private void SeePadding()
    {
        for (; _next < batch.Length; _next++)
        {
            See(_next, _next, _next + 1);
        }
    }

    private void See(int row, int first, int end) =>
        batch.Visible.AsSpan(((_first + row) * batch.Length) + first, end - first).Fill(true);
}
