namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// Lines at the middle's end that are the very lines that follow the cursor are taken off: the model has overrun its
/// gap. Where it has gone on beyond them, everything from them on is. Lines are compared with their indentation, which
/// tells one closing bracket from the next, and blank lines are passed over.
/// </summary>
internal static class RepeatedFollowingLines
{
    // One line may well come twice with others between; two in a row are what follows.
    private const int FewestLinesWithin = 2;

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        // With text right of the cursor, the middle's last line is not a line of its own.
        if (!string.IsNullOrWhiteSpace(window.RestOfLine))
        {
            return middle;
        }

        string[] following = [.. window.Suffix.Split('\n').Skip(1).Where(IsNotBlank).Select(line => line.TrimEnd())];
        string[] lines = middle.Split('\n');
        string first = window.StartOfLine + lines[0];
        for (int index = 0; index < lines.Length; index++)
        {
            string[] tail = [.. lines.Skip(index).Where(IsNotBlank).Select(line => line.TrimEnd())];
            if (tail.Length == 0)
            {
                break;
            }

            if (index == 0)
            {
                tail = [first.TrimEnd(), .. lines.Skip(1).Where(IsNotBlank).Select(line => line.TrimEnd())];
            }

            int common = tail.Zip(following).TakeWhile(pair => pair.First == pair.Second).Count();
            if (common == tail.Length || tail.Take(common).Count(IsSpoken) >= FewestLinesWithin)
            {
                return index == 0 ? null : string.Join('\n', lines.Take(index));
            }
        }

        return middle;
    }

    private static bool IsSpoken(string line) => line.Any(char.IsLetterOrDigit);

    private static bool IsNotBlank(string line) => !string.IsNullOrWhiteSpace(line);
}
