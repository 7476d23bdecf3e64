namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// What follows elsewhere in the file, before the cursor or behind it, or in related text, where the text agrees longest with the text before
/// the cursor, up to the end of that line. Code repeats itself within a file, and a small model's window does not reach
/// far. A function of the text alone, so that an infill stays reproducible. (Prompt-lookup decoding,
/// apoorvumang/prompt-lookup-decoding, by characters.)
/// </summary>
/// <param name="Text">The rest of the other line, without its line break; may be empty.</param>
/// <param name="Agreement">How many characters before it agree.</param>
internal sealed record LineDraft(string Text, int Agreement)
{
    /// <summary>What follows the line there, from its line break on.</summary>
    public string After { get; init; } = "";

    /// <summary>More agreement than this says nothing more.</summary>
    public const int FullAgreement = 48;

    private const int ShortestAgreement = 2;
    private const int LongestSearch = 1 << 17;
    private const int LongestAfter = 1 << 10;

    /// <summary>
    /// Different drafts, the longest agreement first; of equally long ones those before the cursor come first, the nearest
    /// before all, and those in related text last.
    /// </summary>
    /// <param name="prefix">The text before the cursor.</param>
    /// <param name="suffix">The text behind it; the rest of the cursor's own line is no draft.</param>
    /// <param name="related">Text of other files.</param>
    /// <param name="most">How many at the most.</param>
    public static IReadOnlyList<LineDraft> Find(string prefix, string suffix, string related, int most)
    {
        // Line breaks and indentation alone agree everywhere.
        int fewest = prefix.Length - prefix.AsSpan().TrimEnd().Length + ShortestAgreement;
        var found = new DraftList(most, fewest);
        int first = Math.Max(1, prefix.Length - LongestSearch);
        for (int end = prefix.LastIndexOf('\n'); end >= first; end--)
        {
            found.Add(prefix, end, Agreed(prefix, end, prefix));
        }

        int behind = suffix.IndexOf('\n', StringComparison.Ordinal);
        int last = Math.Min(suffix.Length - 1, LongestSearch);
        for (int end = behind < 0 ? suffix.Length : behind + 2; end <= last; end++)
        {
            found.Add(suffix, end, Agreed(suffix, end, prefix));
        }

        for (int end = Math.Min(related.Length, LongestSearch) - 1; end > 0; end--)
        {
            found.Add(related, end, Agreed(related, end, prefix));
        }

        return found.Drafts;
    }

    private static int Agreed(string text, int end, string prefix)
    {
        int most = Math.Min(Math.Min(end, prefix.Length), FullAgreement);
        int length = 0;
        while (length < most && text[end - 1 - length] == prefix[^(1 + length)])
        {
            length++;
        }

        return length;
    }

    /// <summary>The best drafts seen so far; a later one must agree longer to go before an earlier one.</summary>
    private sealed class DraftList(int most, int fewest)
    {
        private readonly List<LineDraft> _drafts = [];

        public IReadOnlyList<LineDraft> Drafts => _drafts;

        public void Add(string text, int end, int agreement)
        {
            // A draft of half a character would make a suggestion of it.
            if (agreement < fewest || char.IsLowSurrogate(text[end]) || (_drafts.Count == most && agreement <= _drafts[^1].Agreement))
            {
                return;
            }

            int lineEnd = text.IndexOf('\n', end);
            string rest = text[end..(lineEnd < 0 ? text.Length : lineEnd)].TrimEnd();
            int same = _drafts.FindIndex(draft => draft.Text == rest);
            if (same >= 0 && _drafts[same].Agreement >= agreement)
            {
                return;
            }

            if (same >= 0)
            {
                _drafts.RemoveAt(same);
            }

            int place = _drafts.FindIndex(draft => draft.Agreement < agreement);
            _drafts.Insert(place < 0 ? _drafts.Count : place, new LineDraft(rest, agreement) { After = AfterLine(text, end + rest.Length) });
            if (_drafts.Count > most)
            {
                _drafts.RemoveAt(most);
            }
        }

        private static string AfterLine(string text, int end) => text[end..Math.Min(text.Length, end + LongestAfter)];
    }
}
