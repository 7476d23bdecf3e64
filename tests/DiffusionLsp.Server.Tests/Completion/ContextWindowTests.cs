using CsCheck;
using DiffusionLsp.Server.Completion;

namespace DiffusionLsp.Server.Tests.Completion;

public sealed class ContextWindowTests
{
    [Fact]
    public void A_text_within_the_budget_is_seen_whole_in_line_feeds()
    {
        ContextWindow window = ContextWindow.Fit("a\r\nb\rc", "d\r\ne");
        Assert.Equal("a\nb\nc", window.Prefix);
        Assert.Equal("d\ne", window.Suffix);
        Assert.False(window.IsPrefixCut);
        Assert.Equal("c", window.StartOfLine);
        Assert.Equal("d", window.RestOfLine);
    }

    [Fact]
    public void A_longer_text_is_cut_at_line_borders()
    {
        string line = new string('x', 99) + "\n";
        string text = string.Concat(Enumerable.Repeat(line, 1_000));
        ContextWindow window = ContextWindow.Fit(text + "cursor", text);
        Assert.True(window.IsPrefixCut);
        Assert.InRange(window.Prefix.Length, ContextWindow.PrefixBudget - 100, ContextWindow.PrefixBudget);
        Assert.Equal(6, window.Prefix.Length % 100);
        Assert.InRange(window.Suffix.Length, ContextWindow.SuffixBudget - 100, ContextWindow.SuffixBudget);
        Assert.Equal(0, window.Suffix.Length % 100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_line_longer_than_the_budget_is_cut_between_characters(int shift)
    {
        string line = new string('a', shift) + string.Concat(Enumerable.Repeat("\ud83d\ude00", 50_000));
        ContextWindow window = ContextWindow.Fit(line, line);
        Assert.InRange(window.Prefix.Length, ContextWindow.PrefixBudget - 1, ContextWindow.PrefixBudget);
        Assert.InRange(window.Suffix.Length, ContextWindow.SuffixBudget - 1, ContextWindow.SuffixBudget);
        Assert.True(char.IsHighSurrogate(window.Prefix[0]));
        Assert.True(char.IsLowSurrogate(window.Suffix[^1]));
    }

    [Fact]
    public void A_window_is_always_the_text_next_to_the_gap() =>
        Gen.Select(Gen.String[Gen.Char["ab\n"], 0, 40_000], Gen.String[Gen.Char["ab\n"], 0, 10_000]).Sample(
            (before, after) =>
            {
                ContextWindow window = ContextWindow.Fit(before, after);
                Assert.EndsWith(window.Prefix, before, StringComparison.Ordinal);
                Assert.StartsWith(window.Suffix, after, StringComparison.Ordinal);
            },
            iter: 200);
}
