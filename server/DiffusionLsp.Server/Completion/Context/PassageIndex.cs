namespace DiffusionLsp.Server.Completion.Context;

/// <summary>A text in passages of some lines, each with the words in it.</summary>
internal sealed class PassageIndex
{
    /// <summary>The lines of a passage.</summary>
    public const int PassageLines = 24;

    private const int LongestText = 1 << 17;

    /// <summary>Makes the index of a text; of a very long one, of its beginning.</summary>
    public PassageIndex(string text) => Passages = Divide(text[..Math.Min(text.Length, LongestText)].ReplaceLineEndings("\n"));

    /// <summary>The passages in the text's order.</summary>
    public IReadOnlyList<(string Text, HashSet<string> Words)> Passages { get; }

    /// <summary>The words of a text: runs of letters, digits and underscores.</summary>
    public static HashSet<string> Words(ReadOnlySpan<char> text)
    {
        HashSet<string> words = new(StringComparer.Ordinal);
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool isWord = i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '_');
            if (isWord && start < 0)
            {
                start = i;
            }
            else if (!isWord && start >= 0)
            {
                words.Add(text[start..i].ToString());
                start = -1;
            }
        }

        return words;
    }

    private static List<(string Text, HashSet<string> Words)> Divide(string text)
    {
        string[] lines = text.Split('\n');
        List<(string Text, HashSet<string> Words)> passages = [];
        for (int start = 0; start < lines.Length; start += PassageLines)
        {
            string passage = string.Join('\n', lines, start, Math.Min(PassageLines, lines.Length - start)) + "\n";
            passages.Add((passage, Words(passage)));
        }

        return passages;
    }
}
