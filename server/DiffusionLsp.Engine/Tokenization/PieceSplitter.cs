using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DiffusionLsp.Engine.Tokenization;

/// <summary>A run of a string: where it starts and how long it is, in UTF-16 units.</summary>
/// <param name="Start">The first unit.</param>
/// <param name="Length">The number of units.</param>
internal readonly record struct TextRange(int Start, int Length)
{
    /// <summary>The first unit after the run.</summary>
    public int End => Start + Length;
}

/// <summary>
/// Cuts text into the pieces that byte-pair merges never cross, by the regular expression of a <c>tokenizer.json</c>.
/// Matches and the text between matches are both pieces (the behaviour "Isolated"). It neither normalizes nor encodes.
/// </summary>
/// <remarks>
/// The patterns are written for engines that see code points, while .NET matches UTF-16 units, so that
/// <c>\p{L}</c> misses every letter outside the basic plane. Such a letter is therefore matched as a stand-in: one
/// unit of the same Unicode category.
/// </remarks>
internal sealed class PieceSplitter(Regex pattern)
{
    /// <summary>One unit per Unicode category, none of which a pattern is likely to name literally.</summary>
    private static readonly char[] StandIns = MakeStandIns();

    /// <summary>Appends the pieces of <paramref name="text"/>, which follow each other without a gap.</summary>
    public void Split(string text, List<TextRange> pieces)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            SplitUnits(text, pieces);
            return;
        }

        var (units, starts) = ToUnits(text);
        int first = pieces.Count;
        SplitUnits(units, pieces);
        for (int i = first; i < pieces.Count; i++)
        {
            var piece = pieces[i];
            pieces[i] = new TextRange(starts[piece.Start], starts[piece.End] - starts[piece.Start]);
        }
    }

    private void SplitUnits(ReadOnlySpan<char> units, List<TextRange> pieces)
    {
        int end = 0;
        foreach (var match in pattern.EnumerateMatches(units))
        {
            if (match.Index > end)
            {
                pieces.Add(new TextRange(end, match.Index - end));
            }

            if (match.Length > 0)
            {
                pieces.Add(new TextRange(match.Index, match.Length));
            }

            end = match.Index + match.Length;
        }

        if (end < units.Length)
        {
            pieces.Add(new TextRange(end, units.Length - end));
        }
    }

    /// <summary>The text with one unit per code point, and where each of them starts in the text.</summary>
    private static (char[] Units, int[] Starts) ToUnits(string text)
    {
        var units = new List<char>(text.Length);
        var starts = new List<int>(text.Length + 1);
        int position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            units.Add(rune.IsBmp ? (char)rune.Value : StandIns[(int)Rune.GetUnicodeCategory(rune)]);
            starts.Add(position);

            // A lone surrogate is enumerated as U+FFFD, which is as long as itself.
            position += rune.Utf16SequenceLength;
        }

        starts.Add(position);
        return ([.. units], [.. starts]);
    }

    private static char[] MakeStandIns()
    {
        var standIns = new char[Enum.GetValues<UnicodeCategory>().Length];
        for (int unit = char.MaxValue; unit > 0x7F; unit--)
        {
            standIns[(int)char.GetUnicodeCategory((char)unit)] = (char)unit;
        }

        return standIns;
    }
}
