using System.IO.Compression;
using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server.Tests.Evaluation;

public sealed class HumanEvalSuiteTests : IDisposable
{
    private static readonly string s_data = Path.Combine(AppContext.BaseDirectory, "eval");
    private readonly string _folder = Directory.CreateTempSubdirectory("suites-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("single-line", 441)]
    [InlineData("multi-line", 2259)]
    [InlineData("random-span", 820)]
    [InlineData("random-span-light", 82)]
    public void A_suite_lies_beside_the_executable(string name, int count)
    {
        var suite = EvalSuites.Open(new SuiteChoice(name, null, null, Limit: null, Seed: 1), s_data);

        Assert.Equal(count, suite.Items.Count);
        Assert.Equal((name, "python"), (suite.Name, suite.Language));
        Assert.All(suite.Items, item => Assert.EndsWith(")\n", item.Test, StringComparison.Ordinal));
    }

    [Fact]
    public void Its_licence_lies_with_it() =>
        Assert.Contains("OpenAI", File.ReadAllText(Path.Combine(s_data, "LICENSE")), StringComparison.Ordinal);

    [Fact]
    public void A_limit_spreads_evenly()
    {
        string path = Write("ten.jsonl", Enumerable.Range(0, 10));

        Assert.Equal(["0", "3", "6"], Truths(path, limit: 3));
        Assert.Equal(["0"], Truths(path, limit: 1));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), Truths(path, limit: 99));
    }

    [Fact]
    public void A_compressed_file_reads_like_a_plain_one()
    {
        string plain = Write("items.jsonl", Enumerable.Range(0, 3));
        using (var source = File.OpenRead(plain))
        using (var target = new GZipStream(File.Create(plain + ".gz"), CompressionLevel.Fastest))
        {
            source.CopyTo(target);
        }

        Assert.Equal(Truths(plain, limit: null), Truths(plain + ".gz", limit: null));
    }

    private static IEnumerable<string> Truths(string path, int? limit) =>
        EvalSuites.Open(new SuiteChoice(path, null, null, limit, Seed: 1), s_data).Items.Select(item => item.Truth);

    private string Write(string name, IEnumerable<int> truths)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, truths.Select(truth =>
            $$"""{"prompt": "p", "suffix": "s", "canonical_solution": "{{truth}}"}"""));
        return path;
    }
}
