using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Completion.Context;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>Passages of other files that are like the text around a gap.</summary>
public sealed class RelatedTextTests
{
    [Fact]
    public void The_most_alike_passage_stands_last_and_what_shares_nothing_is_left_out()
    {
        string alike = "def load(path):\n    return open(path)\n";
        string same = "def load(path, mode):\n    return open(path, mode)\n";

        string found = RelatedText.Find(Near("def save(path, mode):\n    return "), [Index(alike), Index("zzz = 1\n"), Index(same)]);

        Assert.Equal($"{alike}\n{same}\n", found);
    }

    [Fact]
    public void A_long_file_gives_the_passage_and_not_itself()
    {
        string file = string.Concat(Enumerable.Range(0, 40 * PassageIndex.PassageLines).Select(i => $"word{i} = {i}\n"));

        string found = RelatedText.Find(Near(string.Concat(Enumerable.Range(98, 12).Select(i => $"word{i} "))), [Index(file)]);

        Assert.Contains("word101 = 101\n", found);
        Assert.DoesNotContain("word500", found);
    }

    [Fact]
    public void No_more_than_the_budget_is_taken()
    {
        PassageIndex[] many = [.. Enumerable.Range(0, 100).Select(i => Index($"shared name {i}\n" + new string('x', 500) + "\n"))];

        string found = RelatedText.Find(Near("shared name\n"), many);

        Assert.InRange(found.Length, RelatedText.Budget / 2, RelatedText.Budget);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n ()")]
    public void Where_nothing_stands_before_the_gap_nothing_is_like_it(string before) =>
        Assert.Equal("", RelatedText.Find(Near(before), [Index("a b c\n")]));

    private static ContextWindow Near(string before) => ContextWindow.Fit(before, "");

    private static PassageIndex Index(string text) => new(text);
}
