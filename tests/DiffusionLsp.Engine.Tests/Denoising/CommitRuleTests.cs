using DiffusionLsp.Engine.Denoising;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Denoising;

public class CommitRuleTests
{
    public static TheoryData<string, double[], int> Confidences => new()
    {
        { "threshold:0.9", [0.95, 0.9, 0.5, 0.99], 2 },
        { "threshold:2", [1, 1], 0 },
        { "threshold:0", [0.1, 0.1], 2 },
        { "factor:1", [0.7, 0.7], 2 },
        { "factor:1", [0.4, 0.9], 0 },
        { "factor:0.3", [0.95, 0.93, 0.93, 0.9], 3 },
        { "threshold:0.9", [], 0 },
    };

    [Theory]
    [MemberData(nameof(Confidences))]
    public void A_rule_says_how_many_go_together(string rule, double[] confidences, int expected) =>
        Assert.Equal(expected, CommitRule.Parse(rule).Longest([.. confidences.Select((each, at) => new Guess(at, 7, each))]));

    [Fact]
    public void The_entropy_bound_lets_the_least_sure_one_go_for_nothing()
    {
        double[] entropies = [0.1, 0.1, 3, 0.1];
        var guesses = entropies.Select((each, at) => new Guess(at, 7, 0.5) { Entropy = each }).ToList();

        Assert.Equal(3, CommitRule.Parse("entropy:0.25").Longest(guesses));
        Assert.Equal(4, CommitRule.Parse("entropy:0.31").Longest(guesses));
        Assert.Equal(1, CommitRule.Parse("entropy:0").Longest(guesses));
    }

    [Fact]
    public void By_margin_the_widest_lead_goes_first()
    {
        double[] margins = [0.2, 0.9, 0.6];
        var guesses = margins.Select((each, at) => new Guess(at, 7, 0.9) { Margin = each }).ToList();

        var chosen = UnmaskOrder.Confidence.Choose(guesses, CommitRule.Parse("margin:0.5"), fewest: 1);

        Assert.Equal([1, 2], chosen.Select(guess => guess.Position));
    }

    [Theory]
    [InlineData("threshold")]
    [InlineData("threshold:")]
    [InlineData("threshold:x")]
    [InlineData("threshold:-1")]
    [InlineData("threshold:NaN")]
    [InlineData("0:0.5")]
    [InlineData("always:1")]
    [InlineData("")]
    public void What_is_no_rule_is_an_error_that_lists_the_rules(string text) =>
        Assert.Contains("entropy:", Assert.Throws<EngineException>(() => CommitRule.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(0.7)]
    public void The_sampler_tells_entropy_and_margin(double temperature)
    {
        TorchRuntime.EnsureLoaded();
        double[] probabilities = [0.5, 0.25, 0.125, 0.125];
        float[] logits = [.. probabilities.Select(each => (float)Math.Log(each) + 3), float.NegativeInfinity];
        using var row = torch.tensor(logits, [1, 5]);

        var entropy = new TokenSampler(temperature, 1, GuessDetail.Entropy).Sample(row, [0], 0, 1)[0].Entropy;
        var margin = new TokenSampler(temperature, 1, GuessDetail.Margin).Sample(row, [0], 0, 1)[0].Margin;

        Assert.Equal(1.75 * Math.Log(2), entropy, 1e-5);
        Assert.Equal(0.25, margin, 1e-5);
    }
}
