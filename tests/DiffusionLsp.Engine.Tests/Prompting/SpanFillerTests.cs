using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Denoising.SpanLength;
using DiffusionLsp.Engine.Tests.Denoising;
using DiffusionLsp.Engine.Tests.Tokenization;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>From text to text by each search, and what becomes of an answer that is empty.</summary>
public sealed class SpanFillerTests
{
    private static readonly CodeTokenizer s_tokenizer = Tokenizers.Quicksilver;

    private static readonly int s_word = s_tokenizer.Encode("a").Single();

    private static readonly ModelConfig s_fixed = DiffusionInfillerTests.Config with
    {
        DeleteTokenId = null, Diffusion = new DiffusionSettings { MaxNewTokens = 12, LengthBias = new LengthBias(0, 0, 0, 0, 1) },
    };

    private static readonly InfillRequest s_request = new() { Prefix = "x(", Suffix = ")\n" };

    public SpanFillerTests() => TorchRuntime.EnsureLoaded();

    /// <summary>A network that is surest of five cells, of any text.</summary>
    [Theory]
    [InlineData(SpanLengthSearch.Fixed, 8, 8)]
    [InlineData(SpanLengthSearch.Cal, 5, 13)]
    [InlineData(SpanLengthSearch.Packed, 4, 0)]
    public void A_search_finds_the_length_that_the_network_is_surest_of(SpanLengthSearch search, int tokens, int forwards)
    {
        using var infiller = DiffusionInfillerTests.NewInfiller(SurestOf(search == SpanLengthSearch.Packed ? 4 : 5), s_fixed);
        int steps = 0;

        var result = infiller.Infill(s_request with { SpanLength = search }, _ => steps++, TestContext.Current.CancellationToken);

        Assert.Equal(tokens, result.Tokens);
        Assert.Equal(result.Steps, steps);
        Assert.Equal(new string('a', tokens), result.Middle);
        Assert.True(forwards == 0 ? result.Forwards > result.Steps : result.Forwards == forwards + (search == SpanLengthSearch.Cal ? result.Steps - 1 : 0), $"{result.Forwards}");
    }

    /// <summary>A time is a number of passes, those of the search among them.</summary>
    [Fact]
    public void The_calibrated_search_leaves_passes_to_write_with()
    {
        using var infiller = DiffusionInfillerTests.NewInfiller(SurestOf(12), s_fixed);

        var result = infiller.Infill(s_request with { SpanLength = SpanLengthSearch.Cal, MaxForwards = 6 }, null, TestContext.Current.CancellationToken);

        Assert.InRange(result.Forwards, 4, 6);
        Assert.True(result.Tokens > 8);
    }

    [Fact]
    public void A_model_that_finds_its_length_itself_is_never_searched()
    {
        var predictor = new WishfulPredictor(s_tokenizer, s_fixed.VocabSize, ["a"], []);
        using var infiller = DiffusionInfillerTests.NewInfiller(predictor);

        var result = infiller.Infill(s_request with { SpanLength = SpanLengthSearch.Packed }, null, TestContext.Current.CancellationToken);

        Assert.Equal(("a", result.Steps), (result.Middle, result.Forwards));
    }

    /// <summary>DreamOn would rather delete everything; it is asked once more, and what it then says is not likely.</summary>
    [Fact]
    public void A_model_that_expands_is_asked_again_where_it_deletes_everything()
    {
        var config = DiffusionInfillerTests.Config with { ExpandTokenId = s_tokenizer.TokenId("<|expand|>") };
        using var infiller = DiffusionInfillerTests.NewInfiller(Deleting(config), config);

        var result = infiller.Infill(s_request, null, TestContext.Current.CancellationToken);

        Assert.Equal(("a", InfillOutcome.Filled), (result.Middle, result.Outcome));
        Assert.True(result.Likelihood < 0.1);
        Assert.True(result.Forwards > result.Steps);
    }

    [Fact]
    public void A_model_that_only_deletes_means_it()
    {
        using var infiller = DiffusionInfillerTests.NewInfiller(Deleting(DiffusionInfillerTests.Config));

        Assert.Equal(InfillOutcome.Empty, infiller.Infill(s_request, null, TestContext.Current.CancellationToken).Outcome);
    }

    /// <summary>Of the suffix, all of which is asked for, it knows nothing.</summary>
    private static ScriptedPredictor SurestOf(int cells) => new((canvas, rows, _) =>
        [.. rows.Select(_ => Logits(s_word, canvas.SpanEnd == canvas.Ids.Count ? 0 : 12f - Math.Abs(canvas.SpanLength - cells)))]);

    private static ScriptedPredictor Deleting(ModelConfig config) => new((_, rows, _) => [.. rows.Select(_ =>
    {
        float[] logits = Logits(s_word, 20);
        logits[config.DeleteTokenId!.Value] = 25;
        return logits;
    })]);

    private static float[] Logits(int id, float logit)
    {
        float[] logits = new float[s_fixed.VocabSize];
        logits[id] = logit;
        return logits;
    }
}
