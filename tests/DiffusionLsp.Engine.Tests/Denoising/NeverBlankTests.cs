using DiffusionLsp.Engine.Denoising;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>A span does not end while it holds nothing but blanks, where a model asks for that.</summary>
public class NeverBlankTests
{
    private const int Blank = 1;
    private const int Word = 2;
    private const int Delete = 3;
    private const int Mask = 4;

    [Fact]
    public void The_next_likeliest_token_stands_where_the_span_would_end_before_it_began()
    {
        var cells = Denoise([[0, 0, 3, 5, 0], [0, 0, 0, 9, 0]], blanks: new HashSet<int> { Blank });

        var only = Assert.Single(cells);
        Assert.Equal(Word, only.TokenId);
        // e³ / (2 + e³ + e⁵): what the model said of it, the end among the choices.
        Assert.Equal(Math.Exp(3) / (2 + Math.Exp(3) + Math.Exp(5)), only.Confidence, 5);
    }

    [Fact]
    public void Behind_blanks_alone_it_does_not_end_either()
    {
        var cells = Denoise([[0, 9, 0, 0, 0], [0, 0, 3, 5, 0], [0, 0, 0, 9, 0]], blanks: new HashSet<int> { Blank });

        Assert.Equal([Blank, Word], cells.Select(cell => cell.TokenId));
    }

    [Fact]
    public void Behind_anything_else_it_ends_as_the_model_says()
    {
        var cells = Denoise([[0, 0, 9, 0, 0], [0, 0, 3, 5, 0]], blanks: new HashSet<int> { Blank });

        Assert.Equal([Word], cells.Select(cell => cell.TokenId));
    }

    [Fact]
    public void A_model_that_does_not_ask_for_it_may_write_nothing() =>
        Assert.Empty(Denoise([[0, 0, 3, 5, 0], [0, 0, 0, 9, 0]], blanks: null));

    /// <summary>Denoises three cells; beyond the script's rows the network wants the end.</summary>
    private static IReadOnlyList<SpanCell> Denoise(float[][] script, IReadOnlySet<int>? blanks)
    {
        using var predictor = new ScriptedPredictor((_, rows, _) =>
            [.. rows.Select(row => row - 1 < script.Length ? script[row - 1] : [0, 0, 0, 9, 0])]);
        var options = new DenoisingOptions
        {
            LongestSpan = 3, ExpansionBudget = 0, Rule = CommitRule.OneAtATime, Order = UnmaskOrder.LeftToRight, Blanks = blanks,
        };
        return new Denoiser(predictor, new TokenRoles { Mask = Mask, Delete = Delete })
            .Denoise(new Canvas([0], 3, [0], Mask), options, [], null, default).Cells;
    }
}
