namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// Cuts a middle where it says again what follows the gap: the suffix's first line that is not blank. Such a middle
/// has overrun its gap, and whoever inserted it would have that line twice. Written as <c>prefix├middle┤suffix</c>,
/// <c>def f(├a, b) -> int:┤) -> int:</c> becomes <c>def f(├a, b┤) -> int:</c>. It knows characters, not languages.
/// </summary>
/// <remarks>
/// <para>
/// Where text stands right of the gap, a line of the middle is an echo if it ends in that rest of the line. Where a
/// line break does, a line is one if it is the line that follows, whole, blanks at its end aside and not indented
/// deeper: the deeper one is in a block of its own, as the inner of two closing braces is.
/// </para>
/// <para>
/// Code closes one bracket after the other: <c>print(├foo(a, b)┤)</c> repeats <c>)</c> and is right. So what is as
/// short as that is an echo only where the text has more brackets without a partner with it than without.
/// </para>
/// </remarks>
internal static class SuffixEcho
{
    // "});" may well be meant twice; what is longer says too much to come twice by chance.
    private const int LongestAmbiguous = 3;

    /// <summary>The middle, or as much of it as comes before the echo.</summary>
    public static string Cut(string prefix, string middle, string suffix)
    {
        string rest = suffix[..LineEnd(suffix, 0)];
        string kept = middle;

        // The line that the gap is in may be the next one already: then there is nothing left to cut.
        while (kept.Length > 0
            && (string.IsNullOrWhiteSpace(rest) ? NextLine(prefix, kept, suffix) : RestOfLine(prefix, kept, suffix, rest))
            is { } echo)
        {
            kept = kept[..echo];
        }

        return kept.Length < middle.Length && string.IsNullOrWhiteSpace(kept) ? "" : kept;
    }

    /// <summary>Where the middle writes the line that follows the gap's; null where it does not.</summary>
    private static int? NextLine(string prefix, string middle, string suffix)
    {
        string next = LinesOf(suffix).Select(line => suffix[line]).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line), "");
        if (next.Length == 0)
        {
            return null;
        }

        string startOfLine = prefix[(prefix.LastIndexOfAny(['\n', '\r']) + 1)..];
        int before = 0;
        foreach (var line in LinesOf(middle))
        {
            string whole = (line.Start.Value == 0 ? startOfLine : "") + middle[line];
            bool isTelling = next.Trim().Length > LongestAmbiguous || !Brackets.AreIn(next);
            if (IsSame(whole, next) && (isTelling || IsOneTooMany(prefix, middle, before..line.End, suffix)))
            {
                return before;
            }

            before = line.End.Value;
        }

        return null;
    }

    /// <summary>Where a line of the middle runs into what stands right of the gap; null where none does.</summary>
    private static int? RestOfLine(string prefix, string middle, string suffix, string rest)
    {
        string echo = rest.Trim();
        foreach (var line in LinesOf(middle))
        {
            int end = line.End.Value;
            for (int at = StartOf(echo, middle, line.Start.Value, end); at >= 0; at = StartOf(echo, middle, line.Start.Value, at))
            {
                if (echo.Length > LongestAmbiguous || IsOneTooMany(prefix, middle, at..line.End, suffix))
                {
                    // The suffix brings its own blanks.
                    int blanks = char.IsWhiteSpace(rest[0]) ? at - middle.AsSpan(0, at).TrimEnd(" \t").Length : 0;
                    return at - blanks;
                }
            }
        }

        return null;
    }

    private static int StartOf(string echo, string middle, int start, int end)
    {
        var line = middle.AsSpan(start, end - start).TrimEnd();

        // A gap within a surrogate pair leaves half of it to the suffix; the middle's characters stay whole.
        return line.EndsWith(echo, StringComparison.Ordinal) && !char.IsLowSurrogate(echo[0])
            ? start + line.Length - echo.Length
            : -1;
    }

    private static bool IsSame(string line, string next)
    {
        var indentation = IndentationOf(next);
        bool isDeeper = IndentationOf(line).Length > indentation.Length && line.AsSpan().StartsWith(indentation);
        return !isDeeper && line.AsSpan().Trim().SequenceEqual(next.AsSpan().Trim());
    }

    private static bool IsOneTooMany(string prefix, string middle, Range echo, string suffix) =>
        Brackets.Unmatched(prefix + middle[..echo.End] + suffix) > Brackets.Unmatched(prefix + middle[..echo.Start] + suffix);

    private static ReadOnlySpan<char> IndentationOf(string line) => line.AsSpan(0, line.Length - line.AsSpan().TrimStart().Length);

    private static IEnumerable<Range> LinesOf(string text)
    {
        int start = 0;
        for (int end = LineEnd(text, start); end < text.Length; end = LineEnd(text, start))
        {
            yield return start..end;
            start = end + (text.AsSpan(end).StartsWith("\r\n") ? 2 : 1);
        }

        yield return start..text.Length;
    }

    private static int LineEnd(string text, int start) =>
        text.AsSpan(start).IndexOfAny('\n', '\r') is >= 0 and var length ? start + length : text.Length;
}
