using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Engine.Tests.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>A tokenizer.json that is made of the files that older repositories hold in its place.</summary>
public sealed class TokenizerAssemblyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TokenizerAssemblyTests()
    {
        // The published file, taken apart as older repositories have it.
        string source = TestData.PathOf("tokenizers", "qwen2.5");
        JsonNode model = JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, "tokenizer.json")))!["model"]!;
        File.WriteAllText(_folder.PathOf("vocab.json"), model["vocab"]!.ToJsonString());
        File.WriteAllLines(_folder.PathOf("merges.txt"), ["#version: 0.2", .. model["merges"]!.AsArray().Select(merge => (string)merge!)]);
        File.Copy(Path.Combine(source, "tokenizer_config.json"), _folder.PathOf("tokenizer_config.json"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_tokenizes_as_the_published_one()
    {
        Assert.Equal("tokenizer.json", TokenizerAssembly.Complete(_folder.FullName));

        CodeTokenizer made = CodeTokenizer.Load(_folder.FullName);
        string[] texts = [.. File.ReadLines(TestData.PathOf("tokenizers", "qwen2.5", "golden-hf-tokenizers-js.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)];
        Assert.NotEmpty(texts);
        Assert.All(texts, text => Assert.Equal(Tokenizers.Qwen.EncodeWithSpecialTokens(text), made.EncodeWithSpecialTokens(text)));
        Assert.Equal(TokenizerFiles.AddedTokens(TestData.PathOf("tokenizers", "qwen2.5")), TokenizerFiles.AddedTokens(_folder.FullName));
    }

    [Theory]
    [InlineData("tokenizer.json", "{}")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class": "LlamaTokenizer"}""")]
    public void It_is_not_made_where_there_is_one_or_where_the_tokenizer_is_another(string file, string content)
    {
        File.WriteAllText(_folder.PathOf(file), content);

        Assert.Null(TokenizerAssembly.Complete(_folder.FullName));
    }

    [Theory]
    [InlineData("merges.txt", "a b c", "is no merge of two tokens")]
    [InlineData("vocab.json", "[]", "is not an object of token ids")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class": "DreamTokenizer", "added_tokens_decoder": {"x": {}}}""", "holds something that is no token")]
    public void Damaged_files_are_named(string file, string content, string message)
    {
        File.WriteAllText(_folder.PathOf(file), content);

        var refusal = Assert.Throws<CheckpointException>(() => TokenizerAssembly.Complete(_folder.FullName));

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.PathOf("tokenizer.json")));
    }
}
