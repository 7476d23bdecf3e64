using System.Globalization;
using System.Text.Json;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Tokenization;

/// <summary>Other implementations of the same tokenizer have the last word on its ids.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> GoldenFiles() =>
        [.. Directory.GetFiles(TestData.PathOf("tokenizers", "qwen2.5"), "golden*.jsonl").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Texts_get_the_ids_of_the_golden(string file)
    {
        int count = 0;
        var wrong = new List<string>();
        foreach (string line in File.ReadLines(TestData.PathOf("tokenizers", "qwen2.5", file)))
        {
            count++;
            using var golden = JsonDocument.Parse(line);
            string text = golden.RootElement.GetProperty("text").GetString()!;
            int[] ids = [.. golden.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            if (!Tokenizers.Qwen.EncodeWithSpecialTokens(text).SequenceEqual(ids))
            {
                wrong.Add(golden.RootElement.GetProperty("src").GetString()!);
            }
        }

        Assert.NotEqual(0, count);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Texts_get_the_ids_of_the_vectors()
    {
        string file = TestData.PathOf("tokenizers", "vectors", "ggml-vocab-qwen2.gguf");
        const string End = "\n__ggml_vocab_test__\n";
        string all = File.ReadAllText(file + ".inp");
        string[] texts = all[..^(all.EndsWith(End, StringComparison.Ordinal) ? End.Length : 0)].Split(End);
        var expected = File.ReadLines(file + ".out").ToList();

        Assert.Equal(expected.Count, texts.Length);
        Assert.Equal(expected, texts.Select(text =>
            string.Concat(Tokenizers.Qwen.Encode(text).Select(id => string.Create(CultureInfo.InvariantCulture, $" {id}")))));
    }
}
