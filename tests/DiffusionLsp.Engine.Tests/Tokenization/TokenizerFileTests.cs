using System.Text.Json.Nodes;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Tests.Tokenization;

/// <summary>A tokenizer.json that is wrong, or that wants more than the engine does, is refused by file and field.</summary>
public sealed class TokenizerFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_smallest_file_loads_from_a_folder_or_by_its_path()
    {
        string file = Write(Smallest());

        Assert.Equal([97, 98, 256], CodeTokenizer.Load(_folder).Encode("abcd"));
        Assert.Equal([97, 98, 256], CodeTokenizer.Load(file).Encode("abcd"));
    }

    [Fact]
    public void Merges_may_be_pairs()
    {
        var json = Smallest();
        json["model"]!["merges"] = new JsonArray(new JsonArray("c", "d"));
        Write(json);

        Assert.Equal([97, 98, 256], CodeTokenizer.Load(_folder).Encode("abcd"));
    }

    [Theory]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false}""", "I'm 12cd!", "I|'m| 12|cd|!")]
    [InlineData(
        """
        {"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
        {"type":"Split","pattern":{"String":"+"},"behavior":"Isolated","invert":false},
        {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}
        """,
        "ab12+cd",
        "ab|1|2|+|cd")]
    public void The_pre_tokenizers_cut_one_after_the_other(string preTokenizer, string text, string pieces)
    {
        var json = Smallest();
        json["pre_tokenizer"] = JsonNode.Parse(preTokenizer);
        var splitter = new PieceSplitter(TokenizerFile.Read(Write(json)).Patterns);

        Assert.Equal(pieces.Split('|'), splitter.Split(text).Select(piece => text.Substring(piece.Start, piece.Length)));
    }

    [Theory]
    [InlineData("model/type", "\"WordPiece\"", "model.type")]
    [InlineData("model/byte_fallback", "true", "model.byte_fallback")]
    [InlineData("model/end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix")]
    [InlineData("model/vocab", "null", "model.vocab")]
    [InlineData("model/vocab", "{\"a\":0}", "model.vocab")]
    [InlineData("model/vocab/cd", "2000000000", "model.vocab.cd")]
    [InlineData("model/vocab/cd", "-1", "model.vocab.cd")]
    [InlineData("model/vocab/cd", "97", "model.vocab")]
    [InlineData("model/vocab/\u6570", "300", "model.vocab")]
    [InlineData("model/merges", "null", "model.merges")]
    [InlineData("model/merges", "[\"cd\"]", "model.merges")]
    [InlineData("model/merges", "[\"c e\"]", "model.merges")]
    [InlineData("model/merges", "[7]", "model.merges")]
    [InlineData("model", "null", "model")]
    [InlineData("decoder/type", "\"Metaspace\"", "decoder.type")]
    [InlineData("normalizer", "{\"type\":\"Lowercase\"}", "normalizer.type")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer")]
    [InlineData("pre_tokenizer", "{\"type\":\"Whitespace\"}", "pre_tokenizer.type")]
    [InlineData("pre_tokenizer/pretokenizers/0/pattern/Regex", "\"(\"", "pre_tokenizer.pretokenizers[0].pattern.Regex")]
    [InlineData("pre_tokenizer/pretokenizers/0/behavior", "\"Removed\"", "pre_tokenizer.pretokenizers[0].behavior")]
    [InlineData("pre_tokenizer/pretokenizers/1/add_prefix_space", "true", "pre_tokenizer.pretokenizers[1].add_prefix_space")]
    [InlineData("added_tokens/0/content", "\"\"", "added_tokens[0].content")]
    [InlineData("added_tokens/0/id", "\"x\"", "added_tokens[0].id")]
    [InlineData("added_tokens/0/id", "256", "model.merges")]
    public void A_file_that_is_not_supported_is_refused_by_its_field(string field, string value, string named)
    {
        var json = Smallest();
        string[] path = field.Split('/');
        var parent = path[..^1].Aggregate((JsonNode)json, (node, key) => node is JsonArray list ? list[int.Parse(key)]! : node[key]!);
        parent[path[^1]] = JsonNode.Parse(value);
        string file = Write(json);

        var exception = Assert.Throws<CheckpointException>(() => CodeTokenizer.Load(_folder));
        Assert.StartsWith($"{file}: {named}: ", exception.Message);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void A_corrupt_file_is_refused_by_its_name(string content)
    {
        string file = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(file, content);

        Assert.StartsWith(file, Assert.Throws<CheckpointException>(() => CodeTokenizer.Load(_folder)).Message);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("tokenizer.json", Assert.Throws<CheckpointException>(() => CodeTokenizer.Load(_folder)).Message);

    private string Write(JsonNode json)
    {
        string file = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(file, json.ToJsonString());
        return file;
    }

    /// <summary>The 256 bytes and one merge.</summary>
    private static JsonObject Smallest()
    {
        var vocabulary = new JsonObject { ["cd"] = 256 };
        for (int value = 0; value < 256; value++)
        {
            vocabulary[ByteLevelAlphabet.Write([(byte)value])] = value;
        }

        var byteLevel = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""")!;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 257, ["content"] = "<|mask|>" }),
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    JsonNode.Parse("""{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated","invert":false}"""),
                    byteLevel.DeepClone()),
            },
            ["decoder"] = byteLevel,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray("c d"),
            },
        };
    }
}
