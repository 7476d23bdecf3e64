namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// What of a middle is compared with the same of the author's: blanks that nobody sees do not make an answer wrong.
/// </summary>
internal static class ComparedText
{
    /// <summary>The first line without blanks at its end.</summary>
    public static string OfFirstLine(EvalItem item, string middle)
    {
        int end = middle.IndexOf('\n', StringComparison.Ordinal);
        return middle.AsSpan(0, end < 0 ? middle.Length : end).TrimEnd().ToString();
    }

    /// <summary>
    /// All lines without blanks at their ends, nor the break behind the last. Where the suffix goes on in the last
    /// line, blanks at its end are within a line and count.
    /// </summary>
    public static string OfLines(EvalItem item, string middle)
    {
        bool endsLine = item.Truth.EndsWith('\n') || item.Suffix.Length == 0 || item.Suffix.StartsWith('\n');
        string[] lines = (endsLine && middle.EndsWith('\n') ? middle[..^1] : middle).Split('\n');
        for (int i = 0; i < lines.Length - (endsLine ? 0 : 1); i++)
        {
            lines[i] = lines[i].TrimEnd();
        }

        return string.Join('\n', lines);
    }

    /// <summary>1 - the edits that turn one text into the other (Levenshtein), by the longer one's characters.</summary>
    public static double Similarity(string left, string right)
    {
        if (left == right)
        {
            return 1;
        }

        int[] above = [.. Enumerable.Range(0, right.Length + 1)];
        int[] row = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above[j], row[j - 1]) + 1);
            }

            (above, row) = (row, above);
        }

        return 1 - ((double)above[right.Length] / Math.Max(left.Length, right.Length));
    }
}
