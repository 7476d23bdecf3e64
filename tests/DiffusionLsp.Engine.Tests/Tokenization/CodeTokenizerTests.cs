using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Tokenization;

public sealed class CodeTokenizerTests
{
    // Code, letters outside the basic plane, marks that compose, and any UTF-16 unit, lone surrogates among them.
    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.OneOf(
            "def f(x):\n", "    return", " self", ".append", "\r\n", "\t", "  ", " ", "1234", "<|mask|>", "<|im_start|>",
            "e\u0301", "\u00E9", "\u1100\u1161\u11A8", "\u0958", "\uD835\uDC00\uD835\uDC01", "\uD83E\uDD99", "क\u094D", "数"),
        Gen.Char.Select(unit => unit.ToString()),
        Gen.Int[0x10000, 0x10FFFF].Select(char.ConvertFromUtf32)).Array[0, 12].Select(string.Concat);

    [Theory]
    [InlineData("quicksilver")]
    [InlineData("qwen")]
    public void A_round_trip_gives_the_text_back_in_its_normal_form(string name)
    {
        var tokenizer = Tokenizers.Named(name);
        s_text.Sample(text =>
        {
            string expected = WellFormed(text);
            expected = name == "qwen" ? CanonicalComposer.Compose(expected).Text : expected;
            Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text)));
        });
    }

    [Theory]
    [InlineData("quicksilver")]
    [InlineData("qwen")]
    public void Plain_text_never_becomes_a_special_token(string name)
    {
        var tokenizer = Tokenizers.Named(name);
        s_text.Sample(text => Assert.DoesNotContain(tokenizer.Encode(text), tokenizer.IsSpecial));
    }

    [Theory]
    [InlineData("quicksilver")]
    [InlineData("qwen")]
    public void Offsets_cover_the_text_and_agree_with_the_ids(string name)
    {
        var tokenizer = Tokenizers.Named(name);
        s_text.Sample(text =>
        {
            var encoded = tokenizer.EncodeWithOffsets(text);

            Assert.Equal(tokenizer.Encode(text), encoded.Ids);
            Assert.Equal(encoded.Ids.Count, encoded.Ranges.Count);
            int end = 0;
            foreach (var range in encoded.Ranges)
            {
                Assert.True(range.Length > 0);
                Assert.InRange(range.Start, 0, end);
                Assert.InRange(range.End, end, text.Length);
                end = range.End;
            }

            Assert.Equal(text.Length, end);
        });
    }

    [Theory]
    [InlineData("quicksilver", "x = 1", "x| =| 1")]
    [InlineData("quicksilver", "if a:\n        b\n", "if| a|:|\n        |b|\n")]
    [InlineData("qwen", "cafe\u0301s", "caf|e\u0301s")]
    [InlineData("qwen", "a\uD83E\uDD99b", "a|\uD83E\uDD99|b")]
    [InlineData("quicksilver", "a\uD83E\uDD99b", "a|\uD83E\uDD99|\uD83E\uDD99|\uD83E\uDD99|b")]
    public void Each_token_lies_where_its_characters_are(string name, string text, string tokens)
    {
        var encoded = Tokenizers.Named(name).EncodeWithOffsets(text);

        Assert.Equal(tokens.Split('|'), encoded.Ranges.Select(range => text.Substring(range.Start, range.Length)));
    }

    // Escaped, because an attribute's text is kept in UTF-8, which has no lone surrogates.
    [Theory]
    [InlineData(@"\uD800")]
    [InlineData(@"\uDC00")]
    [InlineData(@"\uDC00\uD800")]
    public void A_lone_surrogate_is_a_replacement_character_and_leaves_its_neighbours_alone(string escaped)
    {
        var tokenizer = Tokenizers.Quicksilver;
        string surrogates = Regex.Unescape(escaped);
        string replaced = new('\uFFFD', surrogates.Length);
        string text = $"before {surrogates}after";

        var encoded = tokenizer.EncodeWithOffsets(text);
        Assert.Equal($"before {replaced}after", tokenizer.Decode(encoded.Ids));
        Assert.Equal(tokenizer.EncodeWithOffsets($"before {replaced}after").Ranges, encoded.Ranges);
    }

    [Fact]
    public void Special_tokens_are_tokens_only_where_asked_for()
    {
        var tokenizer = Tokenizers.Quicksilver;
        int mask = tokenizer.TokenId("<|mask|>")!.Value;
        const string Text = "a<|mask|><|mask|>b<|mask|";

        Assert.DoesNotContain(mask, tokenizer.Encode(Text));
        Assert.Equal(
            [.. tokenizer.Encode("a"), mask, mask, .. tokenizer.Encode("b<|mask|")],
            tokenizer.EncodeWithSpecialTokens(Text));
        Assert.Equal("ab<|mask|", tokenizer.Decode(tokenizer.EncodeWithSpecialTokens(Text)));
    }

    [Fact]
    public void Ids_that_stand_for_no_text_are_special()
    {
        var tokenizer = Tokenizers.Qwen;

        Assert.Equal(151_665, tokenizer.VocabularySize);
        Assert.All(
            [tokenizer.TokenId("<|im_end|>")!.Value, tokenizer.TokenId("<|fim_middle|>")!.Value, 151_665, 152_063, -1],
            id => Assert.True(tokenizer.IsSpecial(id) && tokenizer.TokenBytes(id).Length == 0));
        Assert.False(tokenizer.IsSpecial(0));
        Assert.Null(tokenizer.TokenId("<|mask|>"));
    }

    [Fact]
    public void Half_a_character_decodes_to_its_bytes_or_to_a_replacement()
    {
        var tokenizer = Tokenizers.Quicksilver;
        int[] ids = tokenizer.Encode("\uD83E\uDD99");
        Assert.True(ids.Length > 1);

        Assert.Equal("\uFFFD", tokenizer.Decode(ids[..1]));
        Assert.Equal(Encoding.UTF8.GetBytes("\uD83E\uDD99"), tokenizer.DecodeBytes(ids));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" re")]
    [InlineData("\n    ")]
    [InlineData("zzzz no token is like this")]
    public void Tokens_are_found_by_how_they_start_and_end(string text)
    {
        var tokenizer = Tokenizers.Quicksilver;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var all = Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !tokenizer.IsSpecial(id)).ToList();

        Assert.Equal(
            all.Where(id => tokenizer.TokenBytes(id).AsSpan().StartsWith(bytes)),
            tokenizer.TokensStartingWith(bytes).Order());
        Assert.Equal(
            all.Where(id => tokenizer.TokenBytes(id).AsSpan().EndsWith(bytes)),
            tokenizer.TokensEndingWith(bytes).Order());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\uD835\uDC00")]
    public void A_megabyte_of_one_word_is_encoded_in_time(string character)
    {
        string text = string.Concat(Enumerable.Repeat(character, 1_000_000 / character.Length));

        Assert.Equal(text, Tokenizers.Quicksilver.Decode(Tokenizers.Quicksilver.Encode("_" + text))[1..]);
    }

    [Fact]
    public void Every_end_of_a_line_is_a_border_between_tokens()
    {
        var tokenizer = Tokenizers.Quicksilver;
        string text = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "Directory.Build.props"));
        var starts = tokenizer.EncodeWithOffsets(text).Ranges.Select(range => range.Start).ToHashSet();

        Assert.All(Enumerable.Range(0, text.Length).Where(i => text[i] == '\n'), i => Assert.Contains(i, starts));
    }

    private static string WellFormed(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
}
