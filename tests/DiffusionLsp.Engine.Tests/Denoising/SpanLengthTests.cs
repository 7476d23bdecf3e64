using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Denoising.SpanLength;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>How a length is found, with scripted answers in a network's place.</summary>
public sealed class SpanLengthTests
{
    private static readonly LengthBias s_flat = new(0, 0, 0, 0, 1);

    public SpanLengthTests() => TorchRuntime.EnsureLoaded();

    /// <summary>The published curve at lengths of its author's table.</summary>
    [Theory]
    [InlineData(1, 0.937717)]
    [InlineData(8, 0.586521)]
    [InlineData(64, 0.252035)]
    public void The_bias_is_the_published_curve(int length, double expected) =>
        Assert.Equal(expected, LengthBias.DreamCoder.At(length), 5e-6);

    /// <summary>The best length, and the passes that finding it costs: to four failures on each side.</summary>
    [Theory]
    [InlineData(8, 64, 8, 9)]
    [InlineData(12, 64, 12, 13)]
    [InlineData(2, 64, 2, 12)]
    [InlineData(64, 64, 64, 61)]
    [InlineData(20, 64, 20, 21)]
    [InlineData(8, 3, 3, 3)]
    [InlineData(1, 1, 1, 1)]
    public void A_single_peak_is_climbed(int peak, int longest, int length, int forwards)
    {
        var search = new CalibratedLength(asked => 1.0 / (1 + Math.Abs(asked - peak)), s_flat);

        Assert.Equal((length, forwards), (search.Find(longest, int.MaxValue), search.Forwards));
    }

    [Fact]
    public void A_peak_behind_four_falls_is_not_found() => Assert.Equal(
        8, new CalibratedLength(asked => asked == 13 ? 1 : 1.0 / (2 + Math.Abs(asked - 8)), s_flat).Find(64, int.MaxValue));

    [Fact]
    public void A_peak_behind_three_falls_is() => Assert.Equal(
        12, new CalibratedLength(asked => asked == 12 ? 1 : 1.0 / (2 + Math.Abs(asked - 8)), s_flat).Find(64, int.MaxValue));

    [Fact]
    public void The_passes_are_bounded()
    {
        var search = new CalibratedLength(asked => asked, s_flat);

        Assert.Equal(12, search.Find(64, mostForwards: 5));
        Assert.Equal(5, search.Forwards);
    }

    /// <summary>What a network says of short spans for their shortness is taken out.</summary>
    [Fact]
    public void What_is_due_to_the_length_alone_moves_nothing() => Assert.Equal(
        10, new CalibratedLength(length => LengthBias.DreamCoder.At(length) * (length == 10 ? 1.1 : 1), LengthBias.DreamCoder).Find(64, int.MaxValue));

    [Fact]
    public void The_likelier_middle_counts_its_own_tokens_and_the_suffix_behind_it_alike()
    {
        var (sure, unsure) = (Cells(0.9, 0.9), Cells(0.5));

        Assert.Equal(Math.Log(0.9) / 2, CandidateLengths.Score(sure, 0), 1e-12);
        Assert.True(CandidateLengths.Score(sure, -1) > CandidateLengths.Score(unsure, -1));
        Assert.True(CandidateLengths.Score(sure, -3) < CandidateLengths.Score(unsure, -1));
        Assert.Equal(double.NegativeInfinity, CandidateLengths.Score([], -1));
        Assert.Equal([1, 2, 3, 4, 6], CandidateLengths.Upto(7));
    }

    [Fact]
    public void A_probe_reads_the_shifted_rows_and_leaves_out_what_may_not_stand()
    {
        // Token 3 is never sampled, so the second row's likeliest is token 1.
        using var predictor = new ScriptedPredictor((_, rows, _) =>
            [.. rows.Select(row => row == 1 ? Logits(0.1f, 0.7f, 0.2f, 0) : Logits(0.1f, 0.25f, 0.15f, 0.5f))]);
        var roles = new TokenRoles { Mask = 4, LogitShift = 1, NeverSampled = [3] };
        var probe = new LengthProbe(predictor, roles, TestContext.Current.CancellationToken);
        var canvas = new Canvas([0, 0], 2, [0], 4);

        Assert.Equal((0.7 + 0.5) / 2, probe.Confidence(canvas), 1e-6);
        var (means, forwards) = probe.LogProbabilities([canvas, canvas], [2, 0]);
        Assert.Equal(2, forwards);
        Assert.All(means, mean => Assert.Equal(Math.Log(0.2), mean, 1e-6));
    }

    /// <summary>Of a long span the first block is written before the second is begun, however sure the network is of that.</summary>
    [Fact]
    public void A_long_span_is_written_in_blocks()
    {
        using var predictor = new ScriptedPredictor((canvas, rows, _) =>
            [.. rows.Select(row => row - canvas.SpanStart >= 4 ? Logits(0.96f, 0.04f, 0, 0) : Logits(0.4f, 0.6f, 0, 0))]);
        List<string> steps = [];

        new Denoiser(predictor, new TokenRoles { Mask = 4 }).Denoise(
            new Canvas([0], 6, [0], 4),
            new DenoisingOptions { LongestSpan = 6, ExpansionBudget = 0, BlockLength = 4 },
            [],
            cells => steps.Add(string.Concat(cells.Select(cell => cell.State == CellState.Masked ? "░" : $"{cell.TokenId}"))),
            TestContext.Current.CancellationToken);

        Assert.Equal(["1░░░░░", "11░░░░", "111░░░", "1111░░", "111100"], steps);
    }

    private static IReadOnlyList<SpanCell> Cells(params double[] confidences) =>
        [.. confidences.Select(confidence => new SpanCell(0, CellState.Committed, confidence))];

    private static float[] Logits(params float[] probabilities) =>
        [.. probabilities.Select(probability => MathF.Log(probability)), float.NegativeInfinity];
}
