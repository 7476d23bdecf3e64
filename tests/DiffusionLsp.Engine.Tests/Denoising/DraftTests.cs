using DiffusionLsp.Engine.Denoising;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>A draft as a prior: confirmed it saves forward passes, contradicted it is given up.</summary>
public class DraftTests
{
    private const int Vocabulary = 12;
    private const int Mask = 10;
    private const int Delete = 11;

    public DraftTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void A_draft_that_the_network_does_not_mind_is_committed_in_one_pass()
    {
        var result = Denoise(new Draft([1, 2, 3, Delete], LogOdds: 12), favourite: 7, strength: 1);

        Assert.Equal([1, 2, 3], result.Cells.Select(cell => cell.TokenId));
        Assert.Equal(1, result.Forwards);
    }

    [Fact]
    public void A_network_that_is_sure_overrules_the_draft()
    {
        var result = Denoise(new Draft([1, 2, 3, Delete], LogOdds: 5), favourite: 7, strength: 15);

        Assert.All(result.Cells, cell => Assert.Equal(7, cell.TokenId));
    }

    /// <summary>The network insists on another first token; what the draft said behind it no longer counts.</summary>
    [Fact]
    public void Behind_a_token_that_differs_the_draft_counts_for_nothing()
    {
        using var predictor = new ScriptedPredictor((canvas, rows, _) =>
            [.. rows.Select(row => Favouring(row == canvas.SpanStart ? 9 : 7, row == canvas.SpanStart ? 30 : 2))]);

        var result = Denoise(predictor, new Draft([1, 2, 3, 4], LogOdds: 8), UnmaskOrder.LeftToRight, threshold: 2);

        Assert.Equal([9, 7, 7, 7], result.Cells.Select(cell => cell.TokenId));
    }

    [Fact]
    public void A_belief_of_zero_changes_nothing()
    {
        var with = Denoise(new Draft([1, 2, 3, Delete], LogOdds: 0), favourite: 7, strength: 1);
        var without = Denoise(draft: null, favourite: 7, strength: 1);

        Assert.Equal(without.Cells, with.Cells);
        Assert.Equal(without.Forwards, with.Forwards);
    }

    private static DenoisingResult Denoise(Draft? draft, int favourite, float strength)
    {
        using var predictor = new ScriptedPredictor((_, rows, _) => [.. rows.Select(_ => Favouring(favourite, strength))]);
        return Denoise(predictor, draft, UnmaskOrder.Confidence, threshold: 0.9);
    }

    private static DenoisingResult Denoise(ScriptedPredictor predictor, Draft? draft, UnmaskOrder order, double threshold)
    {
        var roles = new TokenRoles { Mask = Mask, Delete = Delete, NeverSampled = [] };
        var options = new DenoisingOptions
        {
            LongestSpan = 4, ExpansionBudget = 0, Drafts = draft is null ? null : committed => [Behind(draft, committed)], Order = order, Rule = new CommitRule(CommitRuleKind.Threshold, threshold),
        };
        return new Denoiser(predictor, roles).Denoise(
            new Canvas([0], 4, [0], Mask), options, [], null, TestContext.Current.CancellationToken);
    }

    /// <summary>What is left of a draft of the whole span; nothing where it was left already.</summary>
    private static Draft Behind(Draft draft, IReadOnlyList<int> committed) =>
        draft with { Ids = draft.Ids.Take(committed.Count).SequenceEqual(committed) ? [.. draft.Ids.Skip(committed.Count)] : [] };

    private static float[] Favouring(int favourite, float strength)
    {
        var row = new float[Vocabulary];
        row[favourite] = strength;
        return row;
    }
}
