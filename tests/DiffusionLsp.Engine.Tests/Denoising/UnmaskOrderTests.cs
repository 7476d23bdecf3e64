using DiffusionLsp.Engine.Denoising;

namespace DiffusionLsp.Engine.Tests.Denoising;

public class UnmaskOrderTests
{
    public static TheoryData<string, double[], double, int, int[]> Cases => new()
    {
        { "confidence", [0.5, 0.9, 0.95], 0.9, 1, [1, 2] },
        { "confidence", [0.5, 0.6, 0.6], 0.9, 1, [1] },
        { "confidence", [0.5, 0.6, 0.6], 0.9, 0, [] },
        { "confidence", [0.5, 0.6], 0, 1, [0, 1] },
        { "confidence", [1, 1], 2, 1, [0] },
        { "confidence", [], 0.9, 1, [] },
        { "left-to-right", [0.5, 0.99, 0.99], 0.9, 1, [0] },
        { "left-to-right", [0.5, 0.99, 0.99], 0.9, 0, [] },
        { "left-to-right", [0.99, 0.9, 0.1, 0.99], 0.9, 1, [0, 1] },
        { "left-to-right", [0.1, 0.2], 0, 1, [0, 1] },
        { "left-to-right", [], 0.9, 1, [] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_order_chooses(string order, double[] confidences, double threshold, int fewest, int[] chosen)
    {
        var guesses = confidences.Select((confidence, position) => new Guess(position, 7, confidence)).ToList();

        var actual = UnmaskOrders.Find(order)!.Value.Choose(guesses, new CommitRule(CommitRuleKind.Threshold, threshold), fewest);

        Assert.Equal(chosen, actual.Select(guess => guess.Position));
    }

    [Fact]
    public void An_unknown_order_has_no_rule() => Assert.Null(UnmaskOrders.Find("random"));
}
