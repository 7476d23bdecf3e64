using System.Text.Json.Nodes;
using CsCheck;
using DiffusionLsp.Engine.Tests.Checkpoints;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Tests.Tokenization;

/// <summary>
/// A small tokenizer of LLaDA's layout (no normal form, a pattern with possessive quantifiers, special tokens far above the
/// text's and a gap between them), by round trips: no ids of the published one are at hand.
/// </summary>
public sealed class LladaTokenizerTests : IDisposable
{
    private const int Mask = 126_336;

    // Where LLaDA's successors cut, by ggml-org/llama.cpp:src/llama-vocab.cpp.
    private const string Pattern =
        @"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";

    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.OneOf("def f(x):\n", "    return", " the", "'Ll", "\r\n", "\t", "  ", "1234", "<|mdm_mask|>", "e\u0301", "\uD83E\uDD99", "数"),
        Gen.Char.Select(unit => unit.ToString()),
        Gen.Int[0x10000, 0x10FFFF].Select(char.ConvertFromUtf32)).Array[0, 12].Select(string.Concat);

    private readonly TemporaryFolder _folder = new();

    public LladaTokenizerTests() => File.WriteAllText(_folder.PathOf("tokenizer.json"), TokenizerJson());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_round_trip_gives_the_text_back()
    {
        var tokenizer = CodeTokenizer.Load(_folder.FullName);
        s_text.Sample(text =>
        {
            string expected = string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
            int[] ids = tokenizer.Encode(text);

            Assert.Equal(expected, tokenizer.Decode(ids));
            Assert.DoesNotContain(ids, tokenizer.IsSpecial);
        });
    }

    [Fact]
    public void Its_special_tokens_and_the_gap_below_them_stand_for_no_text()
    {
        var tokenizer = CodeTokenizer.Load(_folder.FullName);

        Assert.Equal((Mask, Mask + 1), (tokenizer.TokenId("<|mdm_mask|>"), tokenizer.VocabularySize));
        Assert.Equal(126_081, tokenizer.TokenId("<|endoftext|>"));
        Assert.All([126_080, 126_081, 126_200, Mask], id => Assert.True(tokenizer.IsSpecial(id)));
        Assert.Equal([.. tokenizer.Encode("a"), Mask, .. tokenizer.Encode("b")], tokenizer.EncodeWithSpecialTokens("a<|mdm_mask|>b"));
    }

    [Fact]
    public void Merges_make_words_within_the_pieces_of_the_pattern()
    {
        var tokenizer = CodeTokenizer.Load(_folder.FullName);

        Assert.Equal(["in", " the", " ", " the", "!"], Pieces(tokenizer, "in the  the!"));
        Assert.Equal(["the", "1", "2"], Pieces(tokenizer, "the12"));
    }

    /// <summary>An added token may stand in one of the lesser files alone, as Open-dCoder's mask does.</summary>
    [Fact]
    public void A_token_of_added_tokens_json_alone_is_one()
    {
        File.WriteAllText(_folder.PathOf("added_tokens.json"), """{"<M>": 126400, "<|endoftext|>": 126081}""");
        var tokenizer = CodeTokenizer.Load(_folder.FullName);

        Assert.Equal(126_400, tokenizer.TokenId("<M>"));
        Assert.True(tokenizer.IsSpecial(126_400));
        Assert.Equal(2, tokenizer.IndexOfAddedToken("a <M>"));
        Assert.DoesNotContain(126_400, tokenizer.Encode("a <M>"));
    }

    [Theory]
    [InlineData("""{"<|endoftext|>": 5}""", "'<|endoftext|>' is 126081, but 5 by the files beside it")]
    [InlineData("""{"<M>": 2000000000}""", "has the id 2000000000")]
    public void Files_that_contradict_each_other_are_refused(string added, string problem)
    {
        File.WriteAllText(_folder.PathOf("added_tokens.json"), added);

        Assert.Contains(problem, Assert.Throws<CheckpointException>(() => CodeTokenizer.Load(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a++b", "(?>a+)b")]
    [InlineData(@"[^\]x]?+\p{L}*+", @"(?>[^\]x]?)(?>\p{L}*)")]
    [InlineData("(a|(b))++c", "(?>(a|(b))+)c")]
    [InlineData("[]a]++", "(?>[]a]+)")]
    [InlineData(@"\++ a+?b{1,3}+", @"\++ a+?b{1,3}+")]
    [InlineData(@"(?i:'s)|\s+(?!\S)", @"(?i:'s)|\s+(?!\S)")]
    public void A_possessive_quantifier_becomes_an_atomic_group(string pattern, string expected) =>
        Assert.Equal(expected, PossessiveQuantifiers.Rewrite(pattern));

    private static IEnumerable<string> Pieces(CodeTokenizer tokenizer, string text) =>
        tokenizer.EncodeWithOffsets(text).Ranges.Select(range => text.Substring(range.Start, range.Length));

    private static string TokenizerJson()
    {
        var vocabulary = new JsonObject();
        foreach (byte b in Enumerable.Range(0, 256).Select(value => (byte)value))
        {
            vocabulary[ByteLevelAlphabet.Write([b])] = vocabulary.Count;
        }

        string space = ByteLevelAlphabet.Write([(byte)' ']);
        string[][] merges = [["t", "h"], ["th", "e"], ["i", "n"], [space, "the"]];
        foreach (string[] merge in merges)
        {
            vocabulary[string.Concat(merge)] = vocabulary.Count;
        }

        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(126_080, "<|startoftext|>"), Added(126_081, "<|endoftext|>"), Added(Mask, "<|mdm_mask|>")),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = Pattern }, ["behavior"] = "Isolated", ["invert"] = false,
                    },
                    ByteLevel()),
            },
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create(string.Join(' ', merge)))]),
            },
        }.ToJsonString();
    }

    private static JsonObject Added(int id, string content) => new() { ["id"] = id, ["content"] = content, ["special"] = true };

    private static JsonObject ByteLevel() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false };
}
