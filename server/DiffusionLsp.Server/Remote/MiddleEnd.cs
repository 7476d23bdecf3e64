using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Completion.Filters;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// When a middle is whole, although the engine would go on: models that write from left to right often do not know where
/// the gap ends. Nothing is read beyond that, so the engine's time is not spent on what would be cut.
/// </summary>
/// <param name="request">The gap.</param>
internal sealed class MiddleEnd(InfillRequest request)
{
    // What is as short may well be meant twice: a closing bracket.
    private const int LongestAmbiguous = 3;
    private const char Replacement = '\uFFFD';

    private readonly ContextWindow _window = new(request.Prefix, request.Suffix);
    private readonly string _next = request.Suffix.Split('\n').FirstOrDefault(line => !string.IsNullOrWhiteSpace(line), "").TrimEnd();

    /// <summary>Whether the text so far holds all of the middle.</summary>
    public bool IsReachedBy(string text) =>
        text.Contains('\n', StringComparison.Ordinal) && (OneLineBeforeText.AppliesTo(_window) || EchoIn(text) is not null);

    /// <summary>The middle of a text: no special token, nothing that follows the gap once more, no broken character.</summary>
    public string Cut(string text)
    {
        string middle = text.ReplaceLineEndings("\n");
        middle = middle[..(EchoIn(middle) ?? middle.Length)];
        int broken = middle.IndexOf(Replacement, StringComparison.Ordinal);
        string? kept = broken < 0 ? middle : middle[..broken];
        foreach (Func<ContextWindow, string, string?> rule in new Func<ContextWindow, string, string?>[] { SpecialTokens.Apply, RepeatedRestOfLine.Apply, RepeatedFollowingLines.Apply })
        {
            kept = kept is null ? null : rule(_window, kept);
        }

        return string.IsNullOrWhiteSpace(kept) ? "" : kept;
    }

    // Where the text has the line that follows the gap, whole and on a line of its own.
    private int? EchoIn(string text)
    {
        if (!string.IsNullOrWhiteSpace(_window.RestOfLine) || _next.Trim().Length <= LongestAmbiguous)
        {
            return null;
        }

        int start = text.IndexOf('\n', StringComparison.Ordinal) + 1;
        for (int end; start > 0 && (end = text.IndexOf('\n', start)) >= 0; start = end + 1)
        {
            if (text.AsSpan(start, end - start).TrimEnd().SequenceEqual(_next))
            {
                return start - 1;
            }
        }

        return null;
    }
}
