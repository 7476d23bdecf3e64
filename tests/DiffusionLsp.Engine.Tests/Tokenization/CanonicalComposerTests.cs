using CsCheck;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Tests.Tokenization;

public sealed class CanonicalComposerTests
{
    // Cases of each kind from the Unicode standard's annex 15 and its NormalizationTest.txt.
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u00E9", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u2126", "\u03A9")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307")]
    [InlineData("D\u0307\u0323", "\u1E0C\u0307")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u09C7\u09BE", "\u09CB")]
    [InlineData("\u1100\u1161", "\uAC00")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\u1100\u0300\u1161", "\u1100\u0300\u1161")]
    [InlineData("\uD834\uDD5E", "\uD834\uDD57\uD834\uDD65")]
    [InlineData("\uD804\uDC99\uD804\uDCBA", "\uD804\uDC9A")]
    [InlineData("\uF900", "\u8C48")]
    public void Text_gets_its_composed_form(string text, string composed) =>
        Assert.Equal(composed, CanonicalComposer.Compose(text).Text);

    [Fact]
    public void Composing_twice_is_composing_once() =>
        Gen.OneOf(Gen.Int[0x20, 0xD7FF], Gen.Int[0x300, 0x345], Gen.Int[0x1100, 0x11FF], Gen.Int[0x10000, 0x1FFFF])
            .Select(char.ConvertFromUtf32).Array[0, 12].Select(string.Concat).Sample(text =>
            {
                string composed = CanonicalComposer.Compose(text).Text;
                Assert.Equal(composed, CanonicalComposer.Compose(composed).Text);
            });

    [Fact]
    public void Every_unit_knows_where_it_came_from()
    {
        var text = CanonicalComposer.Compose("xe\u0301y\u0958");

        Assert.Equal("x\u00E9y\u0915\u093C", text.Text);
        Assert.Equal(
            [new(0, 1), new(1, 2), new(3, 1), new(4, 1), new(4, 1)],
            Enumerable.Range(0, 5).Select(unit => text.OriginOf(new TextRange(unit, 1))));
        Assert.Equal(new TextRange(0, 4), text.OriginOf(new TextRange(0, 3)));
    }
}
