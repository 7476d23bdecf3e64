using DiffusionLsp.Training.Evaluation;

namespace DiffusionLsp.Training.Tests.Evaluation;

public sealed class RestOfLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("heldout-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("total = add(a, b)\ntotal = add(", "a, b)")]
    [InlineData("x = 1\nx = 2\nx = ", "2")]
    [InlineData("abc", "")]
    [InlineData("", "")]
    [InlineData("for i in xs:\n    print(i)\nfor i in xs:\n", "    print(i)")]
    public void The_copied_line_follows_the_longest_earlier_agreement(string prefix, string expected) =>
        Assert.Equal(expected, LineCopy.ByAgreement(prefix));

    [Theory]
    [InlineData("    total = add(a, b)\nprint(1)\ntotal = add(", "a, b)")]
    [InlineData("x = 1\nx = 2\nx = ", "2")]
    [InlineData("x = 1\ny = 2\nz", "")]
    [InlineData("x = 1\n", "")]
    [InlineData("\nx", "")]
    [InlineData("", "")]
    public void The_copied_line_begins_like_this_one(string prefix, string expected) =>
        Assert.Equal(expected, LineCopy.ByLineStart(prefix));

    [Fact]
    public void Cursors_are_the_same_for_the_same_seed_and_split_the_file()
    {
        string text = string.Concat(Enumerable.Range(0, 40).Select(i => $"    value_{i} = compute({i})\n\n"));
        File.WriteAllText(Path.Combine(_folder, "a.py"), text);

        var items = RestOfLineItem.Draw(_folder, "*.py", 30, seed: 5);

        Assert.Equal(items, RestOfLineItem.Draw(_folder, "*.py", 30, seed: 5));
        Assert.NotEqual(items, RestOfLineItem.Draw(_folder, "*.py", 30, seed: 6));
        Assert.All(items, item => Assert.Equal(text, item.Prefix + item.Rest + item.Suffix));
        Assert.All(items, item => Assert.DoesNotContain('\n', item.Rest));
        Assert.All(items, item => Assert.NotEmpty(item.Rest));
    }

    [Fact]
    public void A_folder_without_such_files_is_refused()
    {
        var refused = Assert.Throws<InvalidDataException>(() => RestOfLineItem.Draw(_folder, "*.py", 1, seed: 1));
        Assert.Contains("*.py", refused.Message, StringComparison.Ordinal);
    }
}
