namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// The baselines that need no model: copy the end of an earlier line of the file, and as many whole lines behind it as
/// are missing. Of equally good lines the nearest wins.
/// </summary>
internal static class LineCopy
{
    private const int LongestMatch = 400;

    /// <summary>
    /// Copies the earlier line that begins, behind its indentation, with what is typed of this one; empty where none
    /// does or nothing is typed.
    /// </summary>
    public static string ByLineStart(string prefix, int lines)
    {
        int start = prefix.LastIndexOf('\n') + 1;
        string typed = prefix[start..].TrimStart();
        if (typed.Length == 0)
        {
            return "";
        }

        for (int end = start - 1; end >= 0; end = prefix.LastIndexOf('\n', Math.Max(0, end - 1), Math.Max(0, end)))
        {
            int lineStart = end == 0 ? 0 : prefix.LastIndexOf('\n', end - 1) + 1;
            var line = prefix.AsSpan(lineStart, end - lineStart).TrimStart();
            if (line.StartsWith(typed, StringComparison.Ordinal))
            {
                return From(prefix, end - line.Length + typed.Length, lines);
            }
        }

        return "";
    }

    /// <summary>
    /// Copies what followed where earlier text agrees longest with the text before the cursor, across lines; empty
    /// where nothing earlier agrees in even one character. The stronger of the two.
    /// </summary>
    public static string ByAgreement(string prefix, int lines)
    {
        int best = 0;
        int bestEnd = -1;
        for (int end = prefix.Length - 1; end > 0; end--)
        {
            int length = CommonSuffix(prefix, end);
            if (length > best)
            {
                (best, bestEnd) = (length, end);
            }
        }

        return bestEnd < 0 ? "" : From(prefix, bestEnd, lines);
    }

    private static string From(string text, int start, int lines)
    {
        int end = start - 1;
        for (int i = 0; i < lines; i++)
        {
            end = text.IndexOf('\n', end + 1);
            if (end < 0)
            {
                return text[start..];
            }
        }

        return text[start..end];
    }

    private static int CommonSuffix(string text, int end)
    {
        int length = 0;
        while (length < end && length < LongestMatch && text[end - 1 - length] == text[^(1 + length)])
        {
            length++;
        }

        return length;
    }
}
