namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// Spaces at the ends of lines go, and so do empty lines at the suggestion's end. What parts the suggestion from text
/// right of the cursor stays: a space before an operator, the line break and indentation before a closing bracket.
/// </summary>
internal static class TrailingSpace
{
    private const string ClosingCharacters = ")]}>;,: \t";

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        string[] lines = middle.Split('\n');
        for (int index = 0; index < lines.Length - 1; index++)
        {
            lines[index] = lines[index].TrimEnd();
        }

        string rest = window.RestOfLine;
        if (string.IsNullOrWhiteSpace(rest))
        {
            return string.Join('\n', lines).TrimEnd();
        }

        bool isIndentation = lines.Length > 1 && string.IsNullOrWhiteSpace(lines[^1]);
        if (ClosingCharacters.Contains(rest[0], StringComparison.Ordinal) && !isIndentation)
        {
            lines[^1] = lines[^1].TrimEnd();
        }

        return string.Join('\n', lines);
    }
}
