using System.Buffers;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// Counts brackets. It reads characters and knows no language, so a bracket in a string counts too: the count is worth
/// something beside that of nearly the same text, and nothing alone.
/// </summary>
internal static class Brackets
{
    private const string Openers = "([{";
    private const string Closers = ")]}";

    private static readonly SearchValues<char> s_all = SearchValues.Create(Openers + Closers);

    /// <summary>Whether there is any bracket in the text.</summary>
    public static bool AreIn(ReadOnlySpan<char> text) => text.ContainsAny(s_all);

    /// <summary>
    /// The number of brackets without a partner. A closing bracket takes the innermost opening one of its kind, and
    /// what was opened within it stays alone.
    /// </summary>
    public static int Unmatched(ReadOnlySpan<char> text)
    {
        var open = new List<char>();
        int alone = 0;
        foreach (char character in text)
        {
            if (Openers.Contains(character, StringComparison.Ordinal))
            {
                open.Add(character);
            }
            else if (Closers.IndexOf(character, StringComparison.Ordinal) is >= 0 and var kind)
            {
                int opener = open.LastIndexOf(Openers[kind]);
                alone += opener < 0 ? 1 : open.Count - opener - 1;
                open.RemoveRange(Math.Max(opener, 0), opener < 0 ? 0 : open.Count - opener);
            }
        }

        return alone + open.Count;
    }
}
