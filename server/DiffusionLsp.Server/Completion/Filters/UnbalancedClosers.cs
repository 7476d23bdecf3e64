using DiffusionLsp.Server.Completion.Lexing;

namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// A closing bracket that closes nothing, or that takes an opening bracket away from the closing one that already
/// stands in the suffix, ends the suggestion before it, unless its line opens such a bracket again
/// (<c>} catch (error) {</c>). Brackets in strings and comments do not count in a language that
/// <see cref="CodeMask"/> knows; in another one they do, and then a bracket may close across others. Text that was
/// unbalanced before is left alone.
/// </summary>
internal static class UnbalancedClosers
{
    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        (string prefix, string code, string suffix) = CodeMask.Of(window, middle);
        Surroundings around = new(window, new OpenBrackets(), new OpenBrackets().Read(suffix));
        around.Open.Read(prefix);
        OpenBrackets own = new();
        for (int index = 0; index < code.Length; index++)
        {
            char character = code[index];
            if (OpenBrackets.IsOpener(character))
            {
                own.Read([character]);
            }
            else if (OpenBrackets.IsCloser(character) && !IsOwn(window, own, character))
            {
                if (own.Count > 0 || around.Close(code, index) is not { } end)
                {
                    return middle[..index];
                }

                index = end;
            }
        }

        return middle;
    }

    /// <summary>Closes a bracket of the middle's own: the innermost, or any where strings are not told from code.</summary>
    private static bool IsOwn(ContextWindow window, OpenBrackets opened, char closer) =>
        (window.Language is null || opened.Innermost == OpenBrackets.OpenerOf(closer)) && opened.TryClose(closer);

    /// <summary>What the prefix opens and the suffix closes.</summary>
    private sealed record Surroundings(ContextWindow Window, OpenBrackets Open, IReadOnlyList<char> ClosedBySuffix)
    {
        /// <summary>Closes a bracket of the prefix.</summary>
        /// <returns>
        /// The place up to which the middle is read with it; null where nothing is open or the suffix has need of it.
        /// </returns>
        public int? Close(string code, int index)
        {
            bool wasBalanced = HasWhatSuffixCloses(Open);
            int depth = Open.Count;
            return !Open.TryClose(code[index]) ? (Window.IsPrefixCut ? index : null)
                : !wasBalanced || HasWhatSuffixCloses(Open) ? index
                : OpenAgain(code, index + 1, depth);
        }

        /// <summary>Reads on to where the line has opened what it took away; null where it does not.</summary>
        private int? OpenAgain(string code, int start, int depth)
        {
            OpenBrackets trial = Open.Copy();
            for (int end = start; end < code.Length && code[end] != '\n'; end++)
            {
                if (trial.Read([code[end]]).Count > 0)
                {
                    return null;
                }

                if (trial.Count == depth && HasWhatSuffixCloses(trial))
                {
                    Open.Read(code.AsSpan(start..(end + 1)));
                    return end;
                }
            }

            return null;
        }

        // Where the file is seen whole, what is open beyond the suffix's need is the innermost, of whatever kinds.
        private bool HasWhatSuffixCloses(OpenBrackets open) =>
            open.EndIn(ClosedBySuffix)
            || (Window is { IsPrefixCut: false, IsSuffixCut: false } && open.BeginWith(ClosedBySuffix));
    }
}
