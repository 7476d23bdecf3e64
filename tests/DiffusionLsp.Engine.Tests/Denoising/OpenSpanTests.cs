using DiffusionLsp.Engine.Denoising;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>A span that the network has not ended gets more masks, from a short canvas up to the longest.</summary>
public class OpenSpanTests
{
    private const int Vocabulary = 12;
    private const int Mask = 10;
    private const int Delete = 11;
    private const int Longest = 48;

    public OpenSpanTests() => TorchRuntime.EnsureLoaded();

    [Theory]
    [InlineData(3)]
    [InlineData(30)]
    [InlineData(47)]
    public void It_grows_as_far_as_the_network_writes(int length)
    {
        var result = Denoise(length, UnmaskOrder.LeftToRight);

        Assert.Equal(Enumerable.Repeat(7, length), result.Cells.Select(cell => cell.TokenId));
    }

    [Fact]
    public void A_network_that_never_ends_is_ended_at_the_longest_span() =>
        Assert.Equal(Longest, Denoise(length: 1000, UnmaskOrder.LeftToRight).Cells.Count);

    [Fact]
    public void In_another_order_the_canvas_stays_as_it_was() =>
        Assert.Equal(16, Denoise(length: 1000, UnmaskOrder.Confidence).Cells.Count);

    /// <summary>The network writes 7 up to a length and deletes the rest.</summary>
    private static DenoisingResult Denoise(int length, UnmaskOrder order)
    {
        using var predictor = new ScriptedPredictor((canvas, rows, _) =>
            [.. rows.Select(row => Favouring(row - canvas.SpanStart < length ? 7 : Delete))]);
        var options = new DenoisingOptions { LongestSpan = Longest, ExpansionBudget = 0, Order = order, Rule = CommitRule.OneAtATime };
        return new Denoiser(predictor, new TokenRoles { Mask = Mask, Delete = Delete, NeverSampled = [] }).Denoise(
            new Canvas([0], 16, [0], Mask), options, [], null, TestContext.Current.CancellationToken);
    }

    private static float[] Favouring(int favourite)
    {
        var row = new float[Vocabulary];
        row[favourite] = 5;
        return row;
    }
}
