namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// A middle that runs on into what already stands right of the cursor loses the part that is there. Brackets alone
/// do not count as a repetition, since a middle may well need its own; <see cref="UnbalancedClosers"/> counts those.
/// </summary>
internal static class RepeatedRestOfLine
{
    // A shorter overlap (", x" before ", x)") is as likely to be meant.
    private const int ShortestPartialOverlap = 5;

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        string rest = window.RestOfLine.TrimEnd();
        string text = middle.TrimEnd();
        if (rest.Length >= ShortestPartialOverlap && HasWord(rest)
            && middle.IndexOf(rest, StringComparison.Ordinal) is >= 0 and var start)
        {
            return middle[..start];
        }

        for (int length = Math.Min(rest.Length, text.Length); length > 0; length--)
        {
            ReadOnlySpan<char> overlap = rest.AsSpan(0, length);
            if (text.EndsWith(overlap, StringComparison.Ordinal) && IsTelling(overlap, rest.Length))
            {
                return text[..^length];
            }
        }

        return middle;
    }

    private static bool IsTelling(ReadOnlySpan<char> overlap, int restLength) =>
        HasWord(overlap) && (overlap.Length == restLength || overlap.Length >= ShortestPartialOverlap);

    private static bool HasWord(ReadOnlySpan<char> text)
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
