using CsCheck;
using DiffusionLsp.Server.Completion;

namespace DiffusionLsp.Server.Tests.Completion;

public sealed class SuggestionCacheTests
{
    private const string Uri = "file:///a";

    [Theory]
    [InlineData("x = ", "\n", "value + 1")]
    [InlineData("x = val", "\n", "ue + 1")]
    [InlineData("x = value + ", "\n", "1")]
    [InlineData("x = value + 1", "\n", null)]
    [InlineData("x = vol", "\n", null)]
    [InlineData("x =", "\n", null)]
    [InlineData("", "\n", null)]
    [InlineData("y\nx = ", "\n", null)]
    [InlineData("x = val", ")\n", null)]
    public void The_rest_of_a_suggestion_is_found_where_its_beginning_was_typed(string prefix, string suffix, string? rest)
    {
        SuggestionCache cache = new();
        cache.Add(Uri, new ContextWindow("x = ", "\n"), "value + 1");
        Assert.Equal(rest, cache.Find(Uri, new ContextWindow(prefix, suffix)));
        Assert.Null(cache.Find("file:///other", new ContextWindow(prefix, suffix)));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_rest()
    {
        SuggestionCache cache = new();
        cache.Add(Uri, new ContextWindow("x = ", "\n"), "a😀b");

        Assert.Equal("😀b", cache.Find(Uri, new ContextWindow("x = a", "\n")));
        Assert.Null(cache.Find(Uri, new ContextWindow("x = a\ud83d", "\n")));
        Assert.Equal("b", cache.Find(Uri, new ContextWindow("x = a😀", "\n")));
    }

    [Fact]
    public void Typing_on_through_a_window_that_moves_finds_the_rest()
    {
        string before = string.Concat(Enumerable.Range(0, 5_000).Select(number => $"line {number}\n"));
        const string Middle = "first\nsecond\nthird";
        SuggestionCache cache = new();
        cache.Add(Uri, ContextWindow.Fit(before, ""), Middle);
        for (int typed = 0; typed < Middle.Length; typed++)
        {
            Assert.Equal(Middle[typed..], cache.Find(Uri, ContextWindow.Fit(before + Middle[..typed], "")));
        }
    }

    [Fact]
    public void Whatever_is_found_completes_the_text_that_was_suggested() =>
        Gen.Select(Gen.String[Gen.Char["ab"], 0, 4], Gen.String[Gen.Char["ab"], 1, 4], Gen.String[Gen.Char["ab"], 0, 6]).Sample(
            (prefix, middle, now) =>
            {
                SuggestionCache cache = new();
                cache.Add(Uri, new ContextWindow(prefix, ""), middle);
                string? rest = cache.Find(Uri, new ContextWindow(now, ""));
                bool isOnTheWay = now.StartsWith(prefix, StringComparison.Ordinal)
                    && (prefix + middle).StartsWith(now, StringComparison.Ordinal)
                    && now.Length < prefix.Length + middle.Length;
                Assert.Equal(isOnTheWay ? (prefix + middle)[now.Length..] : null, rest);
            },
            iter: 20_000);

    [Fact]
    public void The_newest_suggestion_goes_first_and_the_oldest_goes_for_good()
    {
        SuggestionCache cache = new();
        ContextWindow gap = new("x", "y");
        cache.Add(Uri, gap, "old");
        cache.Add(Uri, gap, "new");
        Assert.Equal("new", cache.Find(Uri, gap));

        for (int number = 0; number < SuggestionCache.Capacity; number++)
        {
            cache.Add("file:///b", new ContextWindow($"{number}", "y"), "z");
        }

        Assert.Null(cache.Find(Uri, gap));
        Assert.Equal("z", cache.Find("file:///b", new ContextWindow("0", "y")));
        cache.Forget("file:///b");
        Assert.Null(cache.Find("file:///b", new ContextWindow("0", "y")));
    }
}
