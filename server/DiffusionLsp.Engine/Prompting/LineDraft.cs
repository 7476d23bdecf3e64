namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// What followed where earlier text agrees longest with the text before the cursor, up to the end of that line. Code
/// repeats itself within a file, and a small model's window does not reach far back. A function of the text alone,
/// so that an infill stays reproducible. (Prompt-lookup decoding, apoorvumang/prompt-lookup-decoding, by characters.)
/// </summary>
/// <param name="Text">The rest of the earlier line, without its line break; may be empty.</param>
/// <param name="Agreement">How many characters before it agree.</param>
internal sealed record LineDraft(string Text, int Agreement)
{
    /// <summary>More agreement than this says nothing more.</summary>
    public const int FullAgreement = 48;

    private const int ShortestAgreement = 2;
    private const int LongestSearch = 1 << 17;

    /// <summary>The nearest of the longest agreements; null where there is none worth the name.</summary>
    public static LineDraft? Find(string prefix)
    {
        int first = Math.Max(1, prefix.Length - LongestSearch);
        int best = ShortestAgreement - 1;
        int bestEnd = -1;
        for (int end = prefix.LastIndexOf('\n'); end >= first && best < FullAgreement; end--)
        {
            int length = Agreed(prefix, end);
            if (length > best)
            {
                (best, bestEnd) = (length, end);
            }
        }

        // A draft of half a character would make a suggestion of it.
        if (bestEnd >= 0 && char.IsLowSurrogate(prefix[bestEnd]))
        {
            return null;
        }

        // Line breaks and indentation alone agree everywhere.
        int blank = prefix.Length - prefix.AsSpan().TrimEnd().Length;
        if (bestEnd < 0 || best - blank < ShortestAgreement)
        {
            return null;
        }

        return new LineDraft(prefix[bestEnd..prefix.IndexOf('\n', bestEnd)].TrimEnd('\r'), best);
    }

    private static int Agreed(string text, int end)
    {
        int length = 0;
        while (length < end && length < FullAgreement && text[end - 1 - length] == text[^(1 + length)])
        {
            length++;
        }

        return length;
    }
}
