using DiffusionLsp.Server.Completion.Filters;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// What a model infills is not always what a user should see. Each rule looks at the middle in its place and returns
/// it, returns less of it, or returns null where nothing should be shown. Rules add no text but indentation. All text
/// has <c>\n</c> for line ends.
/// </summary>
internal static class SuggestionFilter
{
    // The order matters: lines are compared once they are indented like the file's, whole lines are judged while they
    // are whole, and spaces go when all else is settled.
    private static readonly Func<ContextWindow, string, string?>[] _rules =
    [
        SpecialTokens.Apply,
        OneLineBeforeText.Apply,
        LongLines.Apply,
        IndentationCharacter.Apply,
        IndentationStep.Apply,
        RepeatedRestOfLine.Apply,
        RepeatedFollowingLines.Apply,
        Repetition.Apply,
        UnbalancedClosers.Apply,
        BrokenBalance.Apply,
        TrailingSpace.Apply,
        Blank.Apply,
    ];

    /// <summary>What to show of a middle, or null for nothing.</summary>
    /// <param name="window">The text around the gap.</param>
    /// <param name="middle">What the engine made of it.</param>
    /// <param name="maxLines">The most lines to show; null for any number.</param>
    public static string? Apply(ContextWindow window, string middle, int? maxLines = null)
    {
        string? shown = LongLines.FirstLines(middle.ReplaceLineEndings("\n"), maxLines ?? int.MaxValue);
        string? before = null;

        // One rule's cut may lay bare what another one cuts. Every round but the last takes something away or puts
        // an indentation right.
        while (shown is not null && shown != before)
        {
            before = shown;
            shown = ApplyOnce(window, shown);
        }

        return shown;
    }

    private static string? ApplyOnce(ContextWindow window, string? shown)
    {
        foreach (Func<ContextWindow, string, string?> rule in _rules)
        {
            if (shown is null)
            {
                break;
            }

            shown = rule(window, shown);
        }

        return shown;
    }
}
