namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// What nobody reads before accepting it is not shown: a line of more than <see cref="MostCharacters"/> characters and
/// what comes after it, and lines beyond the number that the user set.
/// </summary>
internal static class LongLines
{
    /// <summary>The most characters of a line, what stands left of the cursor not counted.</summary>
    public const int MostCharacters = 240;

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        string[] lines = middle.Split('\n');
        int tooLong = Array.FindIndex(lines, line => line.Length > MostCharacters);
        return tooLong switch
        {
            < 0 => middle,
            0 => null,
            _ => string.Join('\n', lines.Take(tooLong)),
        };
    }

    /// <summary>A middle's first lines; a line break at its beginning does not count.</summary>
    public static string FirstLines(string middle, int count)
    {
        int end = middle.StartsWith('\n') ? 1 : 0;
        for (int lines = 0; lines < count; lines++)
        {
            int lineEnd = middle.IndexOf('\n', end);
            if (lineEnd < 0)
            {
                return middle;
            }

            end = lineEnd + 1;
        }

        return middle[..(end - 1)];
    }
}
