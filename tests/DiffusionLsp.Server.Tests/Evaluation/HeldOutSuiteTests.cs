using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server.Tests.Evaluation;

public sealed class HeldOutSuiteTests : IDisposable
{
    private static readonly string s_text =
        string.Concat(Enumerable.Range(0, 40).Select(i => $"    value_{i} = compute({i})\n{(i % 3 == 0 ? "\n" : "")}"));

    private readonly string _folder = Directory.CreateTempSubdirectory("heldout-").FullName;

    public HeldOutSuiteTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "package"));
        File.WriteAllText(Path.Combine(_folder, "package", "a.py"), s_text);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("rest-of-line")]
    [InlineData("line")]
    [InlineData("lines")]
    public void Gaps_are_the_same_for_the_same_seed_and_split_the_file(string name)
    {
        var items = Draw(name, seed: 5);

        Assert.Equal(30, items.Count);
        Assert.Equal(items, Draw(name, seed: 5));
        Assert.NotEqual(items, Draw(name, seed: 6));
        Assert.All(items, item => Assert.Equal(s_text, item.Prefix + item.Truth + item.Suffix));
        Assert.All(items, item => Assert.False(string.IsNullOrWhiteSpace(item.Truth)));
        Assert.All(items, item => Assert.StartsWith("\n", item.Suffix, StringComparison.Ordinal));
    }

    [Fact]
    public void The_rest_of_a_line_begins_at_any_of_its_characters()
    {
        var columns = Draw("rest-of-line", seed: 1).Select(item => item.Prefix.Length - 1 - item.Prefix.LastIndexOf('\n'));

        Assert.All(columns, column => Assert.InRange(column, 4, 27));
        Assert.True(columns.Distinct().Count() > 10);
    }

    /// <summary>Figures of earlier versions compare only as long as the cursors are theirs.</summary>
    [Fact]
    public void The_drawing_stays_what_it_was() =>
        Assert.Equal([531, 488, 1050, 574], Draw("rest-of-line", seed: 1).Take(4).Select(item => item.Prefix.Length));

    [Fact]
    public void A_line_is_whole_behind_its_indentation() =>
        Assert.All(Draw("line", seed: 1), item =>
        {
            Assert.EndsWith("\n    ", "\n" + item.Prefix, StringComparison.Ordinal);
            Assert.StartsWith("value_", item.Truth, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', item.Truth);
        });

    [Fact]
    public void Lines_are_two_to_five_and_the_last_is_not_blank()
    {
        var items = Draw("lines", seed: 1);

        Assert.Equal([2, 3, 4, 5], items.Select(item => item.Lines).Distinct().Order());
        Assert.All(items, item => Assert.EndsWith(")", item.Truth, StringComparison.Ordinal));
    }

    [Fact]
    public void A_character_of_two_units_is_not_split()
    {
        File.WriteAllText(Path.Combine(_folder, "package", "a.py"), string.Concat(Enumerable.Repeat("🙂", 60)));

        Assert.All(Draw("rest-of-line", seed: 1), item => Assert.False(char.IsLowSurrogate(item.Truth[0])));
    }

    [Fact]
    public void A_language_is_known_by_its_files_names()
    {
        File.WriteAllText(Path.Combine(_folder, "package", "b.tsx"), "const x = <a/>;\n");
        var suite = EvalSuites.Open(new SuiteChoice("line", _folder, "javascript", Limit: 3, Seed: 1), "");

        Assert.All(suite.Items, item => Assert.Equal("const x = <a/>;", item.Truth));
    }

    [Fact]
    public void A_folder_without_a_line_to_try_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "package", "a.py"), "\n \n" + new string('x', 200));
        var refused = Assert.Throws<BadInputException>(() => Draw("line", seed: 1));

        Assert.Contains("hardly a line", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_files_are_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "package", "a.py"), "");
        Assert.Throws<BadInputException>(() => Draw("rest-of-line", seed: 1));
    }

    private IReadOnlyList<EvalItem> Draw(string name, int seed) =>
        EvalSuites.Open(new SuiteChoice(name, _folder, Language: null, Limit: 30, seed), "").Items;
}
