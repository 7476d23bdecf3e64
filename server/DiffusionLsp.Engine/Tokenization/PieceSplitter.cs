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
/// Cuts text into the pieces that byte-pair merges never cross, by the regular expressions of a
/// <c>tokenizer.json</c>, each of which cuts the pieces of the one before. Matches and the text between matches are
/// both pieces (the behaviour "Isolated"). It neither normalizes nor encodes.
/// </summary>
/// <remarks>
/// The patterns are written for engines that see code points, while .NET matches UTF-16 units, so that
/// <c>\p{L}</c> misses every letter outside the basic plane. Such a letter is therefore matched as a stand-in: one
/// unit of the same Unicode category.
/// </remarks>
internal sealed class PieceSplitter(params IReadOnlyList<Regex> patterns)
{
    /// <summary>One unit per Unicode category, none of which a pattern is likely to name literally.</summary>
    private static readonly char[] s_standIns = MakeStandIns();

    /// <summary>The pieces of <paramref name="text"/>, which follow each other without a gap.</summary>
    public List<TextRange> Split(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return SplitUnits(text);
        }

        var (units, starts) = ToUnits(text);
        var pieces = SplitUnits(units);
        for (int i = 0; i < pieces.Count; i++)
        {
            int start = starts[pieces[i].Start];
            pieces[i] = new TextRange(start, starts[pieces[i].End] - start);
        }

        return pieces;
    }

    private List<TextRange> SplitUnits(ReadOnlySpan<char> units)
    {
        var pieces = new List<TextRange>();
        if (!units.IsEmpty)
        {
            pieces.Add(new TextRange(0, units.Length));
        }

        foreach (var pattern in patterns)
        {
            var finer = new List<TextRange>(units.Length / 3);
            foreach (var piece in pieces)
            {
                SplitPiece(units, piece, pattern, finer);
            }

            pieces = finer;
        }

        return pieces;
    }

    private static void SplitPiece(ReadOnlySpan<char> units, TextRange piece, Regex pattern, List<TextRange> pieces)
    {
        int end = piece.Start;
        foreach (var match in pattern.EnumerateMatches(units.Slice(piece.Start, piece.Length)))
        {
            int start = piece.Start + match.Index;
            AddUnlessEmpty(end, start);
            end = start + match.Length;
            AddUnlessEmpty(start, end);
        }

        AddUnlessEmpty(end, piece.End);

        void AddUnlessEmpty(int from, int to)
        {
            if (to > from)
            {
                pieces.Add(new TextRange(from, to - from));
            }
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
            units.Add(rune.IsBmp ? (char)rune.Value : s_standIns[(int)Rune.GetUnicodeCategory(rune)]);
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
