using System.Text;

namespace DiffusionLsp.Engine.Tokenization;

/// <summary>
/// Rewrites possessive quantifiers, which the regular expressions of tokenizers have and .NET's have not, as the atomic
/// groups that mean the same: <c>X++</c> becomes <c>(?&gt;X+)</c>. A bound in braces is never possessive in the syntax that
/// tokenizers are written in (Oniguruma's), so that is left alone, as is everything else.
/// </summary>
internal static class PossessiveQuantifiers
{
    /// <summary>The pattern for .NET.</summary>
    public static string Rewrite(string pattern)
    {
        var written = new StringBuilder(pattern.Length);
        var groups = new Stack<int>();
        int atom = 0;
        for (int i = 0; i < pattern.Length;)
        {
            bool isQuantifier = pattern[i] is '?' or '*' or '+' && i > 0 && pattern[i - 1] != '(';
            if (isQuantifier && i + 1 < pattern.Length && pattern[i + 1] == '+')
            {
                written.Insert(atom, "(?>").Append(pattern[i]).Append(')');
                i += 2;
                continue;
            }

            if (!isQuantifier && pattern[i] != '{')
            {
                atom = pattern[i] == ')' && groups.TryPop(out int opened) ? opened : written.Length;
            }

            if (pattern[i] == '(')
            {
                groups.Push(written.Length);
            }

            int length = LengthOf(pattern, i);
            written.Append(pattern, i, length);
            i += length;
        }

        return written.ToString();
    }

    private static int LengthOf(string pattern, int start) => pattern[start] switch
    {
        '\\' when start + 2 < pattern.Length && pattern[start + 1] is 'p' or 'P' && pattern[start + 2] == '{' =>
            Math.Max(2, pattern.IndexOf('}', start) - start + 1),
        '\\' => Math.Min(2, pattern.Length - start),
        '[' => ClassLength(pattern, start),
        '{' => Math.Max(1, pattern.IndexOf('}', start) - start + 1),
        _ => 1,
    };

    // A bracket that comes first in a class stands for itself.
    private static int ClassLength(string pattern, int start)
    {
        int end = start + 1;
        end += end < pattern.Length && pattern[end] == '^' ? 1 : 0;
        end += end < pattern.Length && pattern[end] == ']' ? 1 : 0;
        while (end < pattern.Length && pattern[end] != ']')
        {
            end += pattern[end] == '\\' ? 2 : 1;
        }

        return Math.Min(end + 1, pattern.Length) - start;
    }
}
