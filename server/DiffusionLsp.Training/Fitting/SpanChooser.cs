namespace DiffusionLsp.Training.Fitting;

/// <summary>Chooses what to leave open in a document around a position, in the proportions of an editor's use.</summary>
internal static class SpanChooser
{
    /// <summary>The chosen span as [start, end), between one and <paramref name="maxSpan"/> tokens long.</summary>
    public static (int Start, int End) Choose(
        ReadOnlySpan<ushort> document, int position, int maxSpan, SpanTokens tokens, SplitMix random)
    {
        var (start, end) = random.Below(20) switch
        {
            < 11 => (position, LineEnd(document, position, tokens)),
            < 14 => Lines(document, position, 1, tokens, random),
            < 17 => Lines(document, position, 2 + (int)random.Below(3), tokens, random),
            _ => (position, position + 1 + (int)random.Below(8)),
        };
        start = Math.Clamp(start, 0, document.Length - 1);
        end = Math.Clamp(end, start, document.Length);
        if (end - start > maxSpan)
        {
            end = start + maxSpan;
        }

        return (start, Math.Max(end, start + 1));
    }

    /// <summary>
    /// Whole lines, half of the time with the line break and indentation before them: an editor asks behind the
    /// indentation that it has written, and at the very start of a line.
    /// </summary>
    private static (int Start, int End) Lines(
        ReadOnlySpan<ushort> document, int position, int count, SpanTokens tokens, SplitMix random)
    {
        int start = LineStart(document, position, tokens);
        int end = start;
        for (int line = 0; line < count && end < document.Length; line++)
        {
            end = LineEnd(document, line == 0 ? end : end + 1, tokens);
        }

        bool withBreak = start > 0 && random.Below(2) == 0;
        return (withBreak ? start - 1 : start, end);
    }

    /// <summary>The first position after the line break (and indentation) before <paramref name="position"/>.</summary>
    private static int LineStart(ReadOnlySpan<ushort> document, int position, SpanTokens tokens)
    {
        int start = Math.Min(position, document.Length - 1);
        while (start > 0 && !tokens.StartsLine[document[start - 1]])
        {
            start--;
        }

        return start;
    }

    /// <summary>The position of the next line break at or after <paramref name="position"/>.</summary>
    private static int LineEnd(ReadOnlySpan<ushort> document, int position, SpanTokens tokens)
    {
        int end = position;
        while (end < document.Length && !tokens.StartsLine[document[end]])
        {
            end++;
        }

        return end;
    }
}
