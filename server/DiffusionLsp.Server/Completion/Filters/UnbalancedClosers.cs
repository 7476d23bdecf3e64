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
        List<char> open = OpenAtEnd(window.Prefix);
        List<char> closedBySuffix = ClosedUnopened(window.Suffix);
        bool wasBalanced = Closes(open, closedBySuffix);
        int openInMiddle = 0;
        for (int index = 0; index < middle.Length; index++)
        {
            if (Openers.Contains(middle[index], StringComparison.Ordinal))
            {
                openInMiddle++;
            }
            else if (Closers.Contains(middle[index], StringComparison.Ordinal) && openInMiddle-- == 0)
            {
                openInMiddle = 0;
                int opener = open.LastIndexOf(OpenerOf(middle[index]));
                if (opener < 0)
                {
                    if (window.IsPrefixCut)
                    {
                        continue;
                    }

                    return middle[..index];
                }

                open.RemoveRange(opener, open.Count - opener);
                bool isBalanced = Closes(open, closedBySuffix);
                if (wasBalanced && !isBalanced)
                {
                    return middle[..index];
                }

                wasBalanced = isBalanced;
            }
        }

        return middle;
    }

    /// <summary>The brackets that are open at the end of a text, outermost first.</summary>
    private static List<char> OpenAtEnd(string text)
    {
        List<char> open = [];
        foreach (char character in text)
        {
            if (Openers.Contains(character, StringComparison.Ordinal))
            {
                open.Add(character);
            }
            else if (Closers.Contains(character, StringComparison.Ordinal)
                && open.LastIndexOf(OpenerOf(character)) is >= 0 and var opener)
            {
                open.RemoveRange(opener, open.Count - opener);
            }
        }

        return open;
    }

    /// <summary>The opening brackets, innermost first, that a text closes without having opened them.</summary>
    private static List<char> ClosedUnopened(string text)
    {
        List<char> closed = [];
        List<char> open = [];
        foreach (char character in text)
        {
            if (Openers.Contains(character, StringComparison.Ordinal))
            {
                open.Add(character);
            }
            else if (Closers.Contains(character, StringComparison.Ordinal))
            {
                if (open.LastIndexOf(OpenerOf(character)) is >= 0 and var opener)
                {
                    open.RemoveRange(opener, open.Count - opener);
                }
                else
                {
                    closed.Add(OpenerOf(character));
                }
            }
        }

        return closed;
    }

    private static bool Closes(List<char> open, List<char> closed) =>
        closed.Count <= open.Count && open.AsEnumerable().Reverse().Take(closed.Count).SequenceEqual(closed);

    private static char OpenerOf(char closer) => Openers[Closers.IndexOf(closer, StringComparison.Ordinal)];
}
