namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// A middle that goes round in circles: its line is the line above once more, a line comes three times in a row, or
/// its end is the same few characters over and over. Such an infill is a model at its wits' end, so that nothing of a
/// circling line is shown; whole lines before it are. Rules drawn with one character (<c>-----</c>) are no circle.
/// </summary>
internal static class Repetition
{
    private const int MostEqualLines = 2;
    private const int FewestRounds = 4;
    private const int ShortestCircle = 16;

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        string[] lines = middle.Split('\n');
        string firstLine = lines[0];
        if (IsLineAbove(window, firstLine))
        {
            return null;
        }

        string[] whole = [window.StartOfLine + firstLine, .. lines[1..]];
        int equal = 1;
        for (int index = 0; index < lines.Length; index++)
        {
            equal = index > 0 && IsSpoken(whole[index]) && whole[index] == whole[index - 1] ? equal + 1 : 1;
            if (equal > MostEqualLines)
            {
                return KeepLines(lines, index - MostEqualLines + 1);
            }

            if (EndsInCircle(lines[index].AsSpan().TrimEnd()))
            {
                return KeepLines(lines, index);
            }
        }

        return middle;
    }

    private static bool IsLineAbove(ContextWindow window, string firstLine)
    {
        string whole = (window.StartOfLine + firstLine).TrimEnd();
        string? above = window.Prefix.Split('\n').SkipLast(1).LastOrDefault(line => !string.IsNullOrWhiteSpace(line));
        return IsSpoken(firstLine) && whole == above?.TrimEnd();
    }

    private static bool EndsInCircle(ReadOnlySpan<char> line)
    {
        for (int period = 1; period <= line.Length / FewestRounds; period++)
        {
            ReadOnlySpan<char> round = line[^period..];
            int length = period;
            while (length + period <= line.Length && line[^(length + period)..^length].SequenceEqual(round))
            {
                length += period;
            }

            if (length >= Math.Max(ShortestCircle, period * FewestRounds) && IsSpoken(round))
            {
                return true;
            }
        }

        return false;
    }

    private static string? KeepLines(string[] lines, int count) =>
        count == 0 ? null : string.Join('\n', lines.Take(count));

    private static bool IsSpoken(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (char.IsLetterOrDigit(character))
            {
                return true;
            }
        }

        return false;
    }
}
