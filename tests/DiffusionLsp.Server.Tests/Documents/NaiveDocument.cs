using System.Text;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Tests.Documents;

/// <summary>
/// A document so simple that it cannot be wrong, and shares nothing with the product's: a list of characters, each with
/// its code units and its width, walked from the beginning for every position.
/// </summary>
internal static class NaiveDocument
{
    public static string Edit(string encoding, string text, TextDocumentContentChangeEvent change)
    {
        if (change.Range is not { } range)
        {
            return change.Text;
        }

        if (encoding == "utf-16")
        {
            string exact = Splice(text, UnitAt(text, range.Start), UnitAt(text, range.End), change.Text);
            if (PairsCut(text, exact, UnitAt(text, range.Start), UnitAt(text, range.End), change.Text.Length) == 0)
            {
                return exact;
            }
        }

        return Splice(text, OffsetAt(encoding, text, range.Start), OffsetAt(encoding, text, range.End), change.Text);
    }

    public static int OffsetAt(string encoding, string text, Position position)
    {
        int line = 0;
        int character = 0;
        int offset = 0;
        List<string> characters = Characters(text);
        for (int i = 0; i < characters.Count; i++)
        {
            int width = Width(encoding, characters[i]);
            bool isBreak = characters[i][0] is '\r' or '\n';
            if (line == position.Line && (isBreak || character + width > position.Character))
            {
                return offset;
            }

            offset += characters[i].Length;
            character += width;
            if (isBreak)
            {
                line++;
                character = 0;
            }
        }

        return offset;
    }

    /// <summary>Line breaks, code points and lone halves, in order; nothing is left out.</summary>
    public static List<string> Characters(string text)
    {
        List<string> characters = [];
        for (int i = 0; i < text.Length; i++)
        {
            bool isTwo = i + 1 < text.Length
                && ((text[i] == '\r' && text[i + 1] == '\n') || char.IsSurrogatePair(text[i], text[i + 1]));
            characters.Add(text.Substring(i, isTwo ? 2 : 1));
            i += isTwo ? 1 : 0;
        }

        return characters;
    }

    private static int Width(string encoding, string character) => encoding switch
    {
        "utf-8" => Encoding.UTF8.GetByteCount(character),
        "utf-16" => character.Length,
        _ => 1,
    };

    // The same walk in single code units.
    private static int UnitAt(string text, Position position)
    {
        int line = 0;
        int character = 0;
        for (int offset = 0; offset < text.Length; offset++)
        {
            bool isBreak = text[offset] is '\r' or '\n';
            if (line == position.Line && (character == position.Character || isBreak))
            {
                return offset;
            }

            character++;
            if (isBreak && !(text[offset] == '\r' && offset + 1 < text.Length && text[offset + 1] == '\n'))
            {
                line++;
                character = 0;
            }
        }

        return text.Length;
    }

    private static int PairsCut(string before, string after, int start, int end, int inserted) =>
        (IsInPair(before, start) && !IsInPair(after, start) ? 1 : 0)
        + (IsInPair(before, end) && !IsInPair(after, start + inserted) ? 1 : 0);

    private static bool IsInPair(string text, int offset)
    {
        int at = 0;
        foreach (string character in Characters(text))
        {
            if (offset == at + 1 && character.Length == 2 && character[0] != '\r')
            {
                return true;
            }

            at += character.Length;
        }

        return false;
    }

    private static string Splice(string text, int start, int end, string inserted) =>
        text[..start] + inserted + text[end..];
}
