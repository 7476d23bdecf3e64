using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Prompting;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>A gap between two lines takes whole lines, each with its line break.</summary>
public class WholeLineGapTests
{
    private static readonly CodeTokenizer Tokenizer =
        CodeTokenizer.Load(Path.Combine(TestData.RepositoryRoot, "models", "quicksilver"));

    [Theory]
    [InlineData("def f():\n", "    return 1\n", true)]
    [InlineData("", "import os\n", true)]
    [InlineData("a = 1\r\n", "b = 2", true)]
    [InlineData("a = 1\n", "", false)]
    [InlineData("a = 1\n", "\nb = 2", false)]
    [InlineData("a = 1\n", "    \nb = 2", false)]
    [InlineData("a = ", "1\n", false)]
    public void A_gap_between_two_lines_is_known(string prefix, string suffix, bool isOne) =>
        Assert.Equal(isOne, WholeLineGap.Is(Request(prefix, suffix)));

    [Theory]
    [InlineData("a = 1\n", "b = 2", "\n")]
    [InlineData("a = 1\r\n", "b = 2", "\r\n")]
    [InlineData("a = 1\r", "b = 2", "\r")]
    [InlineData("", "b = 2\r\nc = 3", "\r\n")]
    [InlineData("", "b = 2", "\n")]
    public void The_break_is_the_files_own(string prefix, string suffix, string expected)
    {
        var request = Request(prefix, suffix);

        Assert.Equal(expected + suffix, WholeLineGap.Open(request).Suffix);
    }

    [Fact]
    public void The_model_sees_the_break_in_the_suffix_and_the_middle_ends_in_one()
    {
        using var predictor = Wishful();
        using var infiller = DiffusionInfillerTests.NewInfiller(predictor, Config(wholeLines: true));

        var result = infiller.Infill(Request("x = 1\n", "y = 2\n"), null, TestContext.Current.CancellationToken);

        Assert.Equal("pass\n", result.Middle);
        Assert.EndsWith("\ny = 2\n", Tokenizer.Decode([.. predictor.FirstCanvas]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_does_not_ask_for_it_sees_the_gap_as_it_is()
    {
        using var predictor = Wishful();
        using var infiller = DiffusionInfillerTests.NewInfiller(predictor, Config(wholeLines: false));

        var result = infiller.Infill(Request("x = 1\n", "y = 2\n"), null, TestContext.Current.CancellationToken);

        Assert.Equal("pass", result.Middle);
    }

    [Fact]
    public void Nothing_remains_nothing()
    {
        using var predictor = new WishfulPredictor(Tokenizer, Tokenizer.VocabularySize, ["\n"], []);
        using var infiller = DiffusionInfillerTests.NewInfiller(predictor, Config(wholeLines: true));

        var result = infiller.Infill(Request("x = 1\n", "y = 2\n"), null, TestContext.Current.CancellationToken);

        Assert.Equal("", result.Middle);
    }

    private static WishfulPredictor Wishful() => new(Tokenizer, Tokenizer.VocabularySize, ["\n", "pass"], []);

    private static InfillRequest Request(string prefix, string suffix) => new() { Prefix = prefix, Suffix = suffix };

    private static ModelConfig Config(bool wholeLines) => DiffusionInfillerTests.Config with
    {
        Diffusion = DiffusionInfillerTests.Config.Diffusion with { WholeLineGaps = wholeLines },
    };
}
