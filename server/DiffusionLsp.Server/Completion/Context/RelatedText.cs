namespace DiffusionLsp.Server.Completion.Context;

/// <summary>
/// Finds in other files the passages that look most like the text around a gap: whoever writes a file often has the one
/// open that it resembles. Passages are compared by the words in them (Jaccard's index), which costs little and knows no
/// language. In memory only, and a function of the texts alone.
/// </summary>
internal static class RelatedText
{
    /// <summary>The most characters of passages that go with a request.</summary>
    public const int Budget = 6_144;

    private const double LeastLikeness = 0.1;

    /// <summary>The most alike passages, the best last, next to the text that they go before; empty where there are none.</summary>
    /// <param name="window">The text around the gap.</param>
    /// <param name="others">Other files.</param>
    public static string Find(ContextWindow window, IEnumerable<PassageIndex> others)
    {
        HashSet<string> near = PassageIndex.Words(LastLines(window.Prefix, PassageIndex.PassageLines));
        if (near.Count == 0)
        {
            return "";
        }

        IOrderedEnumerable<(string Text, double Likeness)> passages = others
            .SelectMany(other => other.Passages)
            .Select(passage => (passage.Text, Likeness: Likeness(passage.Words, near)))
            .Where(passage => passage.Likeness >= LeastLikeness)
            .OrderByDescending(passage => passage.Likeness);
        List<string> taken = [];
        int left = Budget;
        foreach ((string text, _) in passages)
        {
            if (text.Length <= left)
            {
                left -= text.Length;
                taken.Add(text);
            }
        }

        taken.Reverse();
        return string.Concat(taken);
    }

    private static double Likeness(HashSet<string> words, HashSet<string> near)
    {
        int shared = near.Count(words.Contains);
        return (double)shared / (words.Count + near.Count - shared);
    }

    private static string LastLines(string text, int count)
    {
        int start = text.Length;
        for (int line = 0; line < count && start > 0; line++)
        {
            start = text.LastIndexOf('\n', start - 1) is >= 0 and var found ? found : 0;
        }

        return text[start..];
    }
}
