namespace DiffusionLsp.Server.Completion;

/// <summary>
/// The text around a gap that the engine gets to see: cut at line borders, line ends as <c>\n</c>. The budget counts
/// characters and is generous, so that a huge file costs no more than a large one; the engine, which knows tokens,
/// cuts to its model's length.
/// </summary>
/// <param name="Prefix">The text before the gap.</param>
/// <param name="Suffix">The text after the gap.</param>
internal sealed record ContextWindow(string Prefix, string Suffix)
{
    /// <summary>The most characters before the gap.</summary>
    public const int PrefixBudget = 32_768;

    /// <summary>The most characters after the gap: what lies behind the cursor says less than what lies before it.</summary>
    public const int SuffixBudget = 8_192;

    /// <summary>Cuts the window out of a document.</summary>
    /// <param name="before">Everything before the gap.</param>
    /// <param name="after">Everything after it.</param>
    public static ContextWindow Fit(ReadOnlySpan<char> before, ReadOnlySpan<char> after) =>
        new(WithLineFeeds(LastLines(before, PrefixBudget)), WithLineFeeds(FirstLines(after, SuffixBudget)))
        {
            IsPrefixCut = before.Length > PrefixBudget,
            IsSuffixCut = after.Length > SuffixBudget,
        };

    /// <summary>Whether there is text before the prefix that the window does not show.</summary>
    public bool IsPrefixCut { get; init; }

    /// <summary>Whether there is text after the suffix that the window does not show.</summary>
    public bool IsSuffixCut { get; init; }

    /// <summary>The language of the text, by the name that models use; null where it is not known.</summary>
    public string? Language { get; init; }

    /// <summary>What stands right of the gap on its line.</summary>
    public string RestOfLine
    {
        get
        {
            int end = Suffix.IndexOf('\n', StringComparison.Ordinal);
            return end < 0 ? Suffix : Suffix[..end];
        }
    }

    /// <summary>What stands left of the gap on its line.</summary>
    public string StartOfLine => Prefix[(Prefix.LastIndexOf('\n') + 1)..];

    private static ReadOnlySpan<char> LastLines(ReadOnlySpan<char> text, int budget)
    {
        if (text.Length <= budget)
        {
            return text;
        }

        ReadOnlySpan<char> tail = text[^budget..];
        int lineStart = tail.IndexOf('\n') + 1;

        // A line longer than the budget has no border to cut at; then only a surrogate pair is kept whole.
        return lineStart > 0 ? tail[lineStart..]
            : char.IsLowSurrogate(tail[0]) ? tail[1..]
            : tail;
    }

    private static ReadOnlySpan<char> FirstLines(ReadOnlySpan<char> text, int budget)
    {
        if (text.Length <= budget)
        {
            return text;
        }

        ReadOnlySpan<char> head = text[..budget];
        int lineEnd = head.LastIndexOf('\n') + 1;
        return lineEnd > 0 ? head[..lineEnd]
            : char.IsHighSurrogate(head[^1]) ? head[..^1]
            : head;
    }

    private static string WithLineFeeds(ReadOnlySpan<char> text) => text.ToString().ReplaceLineEndings("\n");
}
