using System.Text.RegularExpressions;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Tests.Tokenization;

public sealed class PieceSplitterTests
{
    [Theory]
    [InlineData(@"\p{L}+|\p{N}", "a\uD835\uDC00b", "a\uD835\uDC00b")] // mathematical letters are letters
    [InlineData(@"\p{L}+|\p{N}", "\uD835\uDFCE\uD835\uDFCF", "\uD835\uDFCE|\uD835\uDFCF")] // and digits are digits
    [InlineData(@"[^\s\p{L}]+", "x\uD83E\uDD99!y", "x|\uD83E\uDD99!|y")]
    [InlineData("b*", "abba", "a|bb|a")]
    [InlineData("x", "", "")]
    public void Pieces_are_cut_as_the_pattern_means_it_for_code_points(string pattern, string text, string pieces)
    {
        var splitter = new PieceSplitter(new Regex(pattern));

        Assert.Equal(pieces, string.Join('|', splitter.Split(text).Select(piece => text.Substring(piece.Start, piece.Length))));
    }

    [Fact]
    public void A_lone_surrogate_keeps_its_place() =>
        Assert.Equal(
            [new(0, 1), new(1, 1), new(2, 1)],
            new PieceSplitter(new Regex(@"\p{L}")).Split("\uD800a\uDC00"));
}
