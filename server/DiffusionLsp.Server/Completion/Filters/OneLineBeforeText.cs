using System.Buffers;

namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// Where text stands right of the cursor, only the suggestion's first line is shown: several lines would tear that
/// text off the line it belongs to. What an editor types by itself (closing brackets, quotes, a closing semicolon)
/// does not count as text.
/// </summary>
internal static class OneLineBeforeText
{
    private static readonly SearchValues<char> _closingCharacters = SearchValues.Create(")]}>\"'`;,: \t");

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        if (!AppliesTo(window))
        {
            return middle;
        }

        int end = middle.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? middle : middle[..end];
    }

    /// <summary>Whether one line is all that may be shown in a gap.</summary>
    public static bool AppliesTo(ContextWindow window) => window.RestOfLine.AsSpan().ContainsAnyExcept(_closingCharacters);
}
