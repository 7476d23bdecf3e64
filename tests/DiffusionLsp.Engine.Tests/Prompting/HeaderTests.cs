using DiffusionLsp.Engine.Prompting;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>The beginning of a file that the window would leave out.</summary>
public class HeaderTests
{
    private const int ContextLength = 200;
    private const string Header = "import os\nimport sys\n";

    private static readonly CodeTokenizer Tokenizer =
        CodeTokenizer.Load(Path.Combine(TestData.RepositoryRoot, "models", "quicksilver"));

    [Fact]
    public void A_long_file_keeps_its_first_lines_and_what_is_nearest()
    {
        var with = Build(Long, headerTokens: 8);
        var without = Build(Long, headerTokens: 0);

        Assert.StartsWith(Header.TrimEnd(), Tokenizer.Decode(with.Prefix), StringComparison.Ordinal);
        Assert.EndsWith("value_300 = 300\n", Tokenizer.Decode([.. with.Prefix]) + "\n", StringComparison.Ordinal);
        Assert.DoesNotContain("import", Tokenizer.Decode(without.Prefix), StringComparison.Ordinal);
        Assert.InRange(with.Prefix.Count, without.Prefix.Count / 2, ContextLength);
    }

    [Fact]
    public void A_file_that_fits_is_read_as_it_is()
    {
        string whole = Header + "value = 1\n";

        Assert.Equal(Build(whole, headerTokens: 0).Prefix, Build(whole, headerTokens: 8).Prefix);
    }

    [Fact]
    public void A_request_for_a_short_window_gets_what_is_nearest()
    {
        var builder = new PromptBuilder(Tokenizer, new PromptLayout(), ContextLength, logitShift: 0);

        var shorter = builder.Build(Long, "z = 1\n", middleTokens: 24, mostTokens: 40);
        var tiny = builder.Build(Long, "", middleTokens: 24, mostTokens: 1);

        Assert.InRange(shorter.Prefix.Count + shorter.Suffix.Count, 30, 40);
        Assert.EndsWith("value_300 = 300\n", Tokenizer.Decode([.. shorter.Prefix]) + "\n", StringComparison.Ordinal);
        Assert.InRange(tiny.Prefix.Count, 1, 16);
    }

    private static string Long => Header + string.Concat(Enumerable.Range(1, 300).Select(i => $"value_{i} = {i}\n"));

    private static InfillPrompt Build(string prefix, int headerTokens) =>
        new PromptBuilder(Tokenizer, new PromptLayout(), ContextLength, logitShift: 0, headerTokens)
            .Build(prefix, "", middleTokens: 24);
}
