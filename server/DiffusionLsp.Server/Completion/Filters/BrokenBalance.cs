using System.Text.RegularExpressions;
using DiffusionLsp.Server.Completion.Lexing;

namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// Drops a suggestion that would break the balance of brackets where there was one: the last word after the rules that
/// trim. Brackets that the suggestion opens and leaves open count as closed, for whoever takes it writes on. It judges where
/// the file is seen whole; where strings are not told from code, what looks like a bracket in a string is let pass.
/// </summary>
internal static partial class BrokenBalance
{
    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        if (window is { IsPrefixCut: true } or { IsSuffixCut: true }
            || (window.Language is null && Crossing().IsMatch(middle))
            || !IsBalanced(CodeMask.Of(window.Prefix + window.Suffix, window.Language)))
        {
            return middle;
        }

        string whole = window.Prefix + middle + Unclosed(window, middle) + window.Suffix;
        return IsBalanced(CodeMask.Of(whole, window.Language)) ? middle : null;
    }

    /// <summary>The closing brackets that are missing between the middle and the suffix.</summary>
    private static string Unclosed(ContextWindow window, string middle)
    {
        OpenBrackets open = new();
        open.Read(CodeMask.Of(window.Prefix, window.Language) + CodeMask.Of(middle, window.Language));
        int needed = new OpenBrackets().Read(CodeMask.Of(window.Suffix, window.Language)).Count;
        string closers = "";
        while (open.Count > needed && open.Innermost is { } innermost)
        {
            char closer = CloserOf(innermost);
            open.TryClose(closer);
            closers += closer;
        }

        return closers;
    }

    private static bool IsBalanced(string code)
    {
        Stack<char> open = new();
        foreach (char character in code)
        {
            if (OpenBrackets.IsOpener(character))
            {
                open.Push(character);
            }
            else if (OpenBrackets.IsCloser(character) && (!open.TryPop(out char opener) || CloserOf(opener) != character))
            {
                return false;
            }
        }

        return open.Count == 0;
    }

    // Brackets of two kinds that close across each other, as in "(" + "]": one of them is in a string.
    [GeneratedRegex(@"\([^()]*[\]}]|\[[^\[\]]*[)}]|\{[^{}]*[)\]]")]
    private static partial Regex Crossing();

    private static char CloserOf(char opener) => opener switch
    {
        '(' => ')',
        '[' => ']',
        _ => '}',
    };
}
