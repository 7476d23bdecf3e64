namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// A closing bracket that closes nothing, or that takes an opening bracket away from the closing one that already
/// stands in the suffix, ends the suggestion before it. Counts characters and knows no language, so a bracket in a
/// string counts too; therefore only a clear case is cut, and text that was unbalanced before is left alone.
/// </summary>
internal static class UnbalancedClosers
{
    private const string Openers = "([{";
    private const string Closers = ")]}";

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        List<char> open = [];
        Read(window.Prefix, open);
        List<char> closedBySuffix = Read(window.Suffix, []);
        List<char> openedByMiddle = [];
        for (int index = 0; index < middle.Length; index++)
        {
            if (Openers.Contains(middle[index], StringComparison.Ordinal))
            {
                openedByMiddle.Add(middle[index]);
            }
            else if (Closers.Contains(middle[index], StringComparison.Ordinal)
                && !TryClose(openedByMiddle, middle[index])
                && (openedByMiddle.Count > 0 || !MayClose(window, open, closedBySuffix, middle[index])))
            {
                return middle[..index];
            }
        }

        return middle;
    }

    /// <summary>Closes a bracket of the prefix, unless nothing is open there or the suffix has need of it.</summary>
    private static bool MayClose(ContextWindow window, List<char> open, List<char> closedBySuffix, char closer)
    {
        bool wasBalanced = Closes(open, closedBySuffix);
        return TryClose(open, closer) ? !wasBalanced || Closes(open, closedBySuffix) : window.IsPrefixCut;
    }

    /// <summary>Follows a text through its brackets.</summary>
    /// <param name="text">The text.</param>
    /// <param name="open">What is open before and, when this returns, after it; outermost first.</param>
    /// <returns>The opening brackets that the text closes without having them, innermost first.</returns>
    private static List<char> Read(string text, List<char> open)
    {
        List<char> missing = [];
        foreach (char character in text)
        {
            if (Openers.Contains(character, StringComparison.Ordinal))
            {
                open.Add(character);
            }
            else if (Closers.Contains(character, StringComparison.Ordinal) && !TryClose(open, character))
            {
                missing.Add(OpenerOf(character));
            }
        }

        return missing;
    }

    /// <summary>Closes the innermost bracket of a kind, and with it what was left open within.</summary>
    private static bool TryClose(List<char> open, char closer)
    {
        int opener = open.LastIndexOf(OpenerOf(closer));
        if (opener < 0)
        {
            return false;
        }

        open.RemoveRange(opener, open.Count - opener);
        return true;
    }

    private static bool Closes(List<char> open, List<char> closed) =>
        closed.Count <= open.Count && open.AsEnumerable().Reverse().Take(closed.Count).SequenceEqual(closed);

    private static char OpenerOf(char closer) => Openers[Closers.IndexOf(closer, StringComparison.Ordinal)];
}
