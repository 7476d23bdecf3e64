using System.Text;
using CsCheck;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tests.Denoising;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>Text in, text out, with a scripted network and the embedded model's tokenizer.</summary>
public class DiffusionInfillerTests
{
    private static readonly CodeTokenizer Tokenizer =
        CodeTokenizer.Load(Path.Combine(TestData.RepositoryRoot, "models", "quicksilver"));

    public DiffusionInfillerTests() => TorchRuntime.EnsureLoaded();

    public static TheoryData<string, string[], string[], string> Cases => new()
    {
        // The whole word is one token; what was typed of it is left out again.
        { "x = sel|\n", [" self"], [], "f" },
        { "x = sel|\n", [" other| self"], [], "f" },

        // Nothing covers all that was typed, or something else is wanted more: the typed tokens come one by one.
        { "x = compute_tok|\n", ["_t", "ok", "en"], [], "en" },
        { "x = compute_tok|\n", ["_token| x"], [], "en" },

        // The blank belongs to the word behind it.
        { "x = |\n", [" foo"], [], "foo" },
        { "x = |\n", [" ", "1"], [], "1" },
        { "self.|\n", [".name"], [], "name" },
        { "def f():\n|", ["\n    ", "return"], [], "    return" },
        { "def f():\n    |\n", ["return", " 1"], [], "return 1" },

        // A word behind the cursor.
        { "x = |value", [" self"], [".value"], "self." },
        { "x = |value", [" "], ["value"], "" },
        { "na|me_of", ["na"], ["me"], "" },

        // It comes back token by token while all to its left is deleted.
        { "a |when b", [" not"], ["wh", "en"], "not" },
        { "a |when b", [" not"], [" when"], "not " },
        { "na|me_of", ["name", "_of", "_"], ["name"], "me_of_na" },

        // Nothing to heal: empty texts, and text that begins or ends with half a character.
        { "|", ["import", " os"], [], "import os" },
        { "|\nx", ["import", " os"], [], "import os" },
        { "x\n\n|", ["\n", "y"], [], "y" },
        { "\ud83d|\ude00", ["a"], [], "a" },
        { "\t|", ["return"], [], "return" },

        // Everything deleted.
        { "foo(|)", [], [], "" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_middle_is_what_the_network_wants_without_what_is_typed(
        string text, string[] first, string[] last, string middle)
    {
        int cursor = text.IndexOf('|', StringComparison.Ordinal);
        var request = new InfillRequest { Prefix = text[..cursor], Suffix = text[(cursor + 1)..] };
        var shown = new List<DenoisingStep>();
        using var infiller = NewInfiller(new WishfulPredictor(Tokenizer, Config.VocabSize, first, last));

        var result = infiller.Infill(request, shown.Add, TestContext.Current.CancellationToken);

        Assert.Equal(middle, result.Middle);
        Assert.Equal(middle.Length == 0 ? InfillOutcome.Empty : InfillOutcome.Filled, result.Outcome);
        Assert.Equal(result.Steps, shown.Count);
        Assert.Equal([.. Enumerable.Range(1, result.Steps)], shown.Select(step => step.Index));
        Assert.Equal(middle, string.Concat(shown[^1].Cells.Select(cell => cell.Text)));
    }

    [Fact]
    public void Whatever_the_network_says_the_document_stays_and_the_middle_is_whole_characters()
    {
        var text = Gen.OneOf(
            "na", "me", "_x", " ", "\n", "    ", "(", ".", "😀", "日本", "é", "\ud83d", "\ude00", "1").Array[0, 6];
        (from prefix in text
         from suffix in text
         from forwards in Gen.OneOf<int?>(null, 1, 2)
         from temperature in Gen.OneOf(0, 1.0)
         from masks in Gen.Int[1, 6]
         from seed in Gen.Int[0, 1000]
         select new InfillRequest
         {
             Prefix = string.Concat(prefix),
             Suffix = string.Concat(suffix),
             MaxForwards = forwards,
             Temperature = temperature,
             InitialMasks = masks,
             Seed = seed,
         }).Sample(request =>
        {
            Canvas? canvas = null;
            using var infiller = NewInfiller(new ScriptedPredictor((seen, rows, forward) =>
            {
                canvas = seen;
                return [.. rows.Select(row => Babble(request.Seed, forward, row))];
            }));

            var result = infiller.Infill(request, null, default);

            byte[] all = Tokenizer.DecodeBytes(canvas!.Ids);
            byte[] before = Encoding.UTF8.GetBytes(request.Prefix);
            byte[] after = Encoding.UTF8.GetBytes(request.Suffix);
            Assert.True(all.AsSpan().StartsWith(before));
            Assert.True(all.AsSpan().EndsWith(after));
            byte[] middle = Encoding.UTF8.GetBytes(result.Middle);
            Assert.True(all.AsSpan(before.Length, all.Length - before.Length - after.Length).StartsWith(middle));
            Assert.Equal(result.Middle, Encoding.UTF8.GetString(middle));
            Assert.Equal(result.Tokens, canvas.SpanLength);
        });
    }

    [Fact]
    public void Half_a_character_at_the_end_is_dropped()
    {
        int[] emoji = Tokenizer.Encode("😀");
        Assert.True(emoji.Length > 1);
        int[] said = [Tokenizer.Encode("a").Single(), .. emoji[..^1]];
        using var infiller = NewInfiller(new ScriptedPredictor((canvas, rows, _) =>
            [.. rows.Select(row => OneHot(said[row - canvas.SpanStart]))]));

        var result = infiller.Infill(
            new InfillRequest { Prefix = "x(", Suffix = ")", InitialMasks = said.Length, MaxTokens = said.Length },
            null,
            TestContext.Current.CancellationToken);

        Assert.Equal("a", result.Middle);
    }

    [Theory]
    [InlineData("x = f(", ")\n")]
    [InlineData("", "")]
    public void Dream_gets_its_first_and_last_token(string prefix, string suffix)
    {
        var config = Config with
        {
            ModelType = "Dream", LogitShift = true, BosBeforePrefix = true, EosAfterSuffix = true, BosTokenId = Tokenizer.TokenId("<|bos|>"),
        };
        var predictor = new WishfulPredictor(Tokenizer, Config.VocabSize, ["a"], []) { LogitShift = 1 };
        using var infiller = NewInfiller(predictor, config);

        var result = infiller.Infill(NewRequest(prefix, suffix), null, TestContext.Current.CancellationToken);

        Assert.Equal("a", result.Middle);
        Assert.Equal(config.BosTokenId, predictor.FirstCanvas[0]);
        Assert.Equal(config.EosTokenId, predictor.FirstCanvas[^1]);
        Assert.Equal(prefix + suffix, Tokenizer.Decode(predictor.FirstCanvas));
    }

    [Theory]
    [InlineData("", "<|eos|>")]
    [InlineData("x", "x")]
    [InlineData(" ", " ")]
    public void Under_a_logit_shift_something_stands_before_the_span(string prefix, string first)
    {
        var predictor = new WishfulPredictor(Tokenizer, Config.VocabSize, ["a"], []) { LogitShift = 1 };
        using var infiller = NewInfiller(predictor, Config with { ModelType = "qwen2", LogitShift = true });

        infiller.Infill(NewRequest(prefix, ""), null, TestContext.Current.CancellationToken);

        Assert.Equal(Tokenizer.EncodeWithSpecialTokens(first)[0], predictor.FirstCanvas[0]);
        Assert.Equal(Config.MaskTokenId, predictor.FirstCanvas[1]);
    }

    [Fact]
    public void Under_a_logit_shift_an_empty_prefix_without_a_first_token_is_an_error_with_a_way_out()
    {
        var config = Config with { ModelType = "qwen2", LogitShift = true, EosTokenId = null };
        using var infiller = NewInfiller(new WishfulPredictor(Tokenizer, Config.VocabSize, [], []), config);

        var error = Assert.Throws<EngineException>(
            () => infiller.Infill(NewRequest("", "x"), null, TestContext.Current.CancellationToken));

        Assert.Contains("put a line before the gap", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_canvas_fits_the_context_and_keeps_what_is_near_the_gap()
    {
        string lines = string.Concat(Enumerable.Range(0, 2000).Select(i => $"line_{i} = {i}\n"));
        var predictor = new WishfulPredictor(Tokenizer, Config.VocabSize, [], []);
        using var infiller = NewInfiller(predictor);

        infiller.Infill(NewRequest(lines, lines), null, TestContext.Current.CancellationToken);

        string text = Tokenizer.Decode(predictor.FirstCanvas);
        Assert.InRange(predictor.FirstCanvas.Count, Config.MaxPositionEmbeddings / 2, Config.MaxPositionEmbeddings - 6);
        Assert.StartsWith("line_19", text, StringComparison.Ordinal);
        Assert.Contains("line_1999 = 1999", text, StringComparison.Ordinal);
        Assert.Contains("line_0 = 0\nline_1 = 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_suffix_leaves_its_room_to_the_prefix_and_the_other_way_round()
    {
        string lines = string.Concat(Enumerable.Range(0, 2000).Select(i => $"x_{i} = {i}\n"));
        var left = new WishfulPredictor(Tokenizer, Config.VocabSize, [], []);
        var right = new WishfulPredictor(Tokenizer, Config.VocabSize, [], []);
        using var one = NewInfiller(left);
        using var other = NewInfiller(right);

        one.Infill(NewRequest(lines, "\ny"), null, TestContext.Current.CancellationToken);
        other.Infill(NewRequest("y\n", lines), null, TestContext.Current.CancellationToken);

        Assert.InRange(left.FirstCanvas.Count, 180, Config.MaxPositionEmbeddings);
        Assert.InRange(right.FirstCanvas.Count, 180, Config.MaxPositionEmbeddings);
    }

    public static TheoryData<InfillRequest, string> Nonsense => new()
    {
        { NewRequest("", "") with { MaxTokens = 0 }, "--max-tokens" },
        { NewRequest("", "") with { MaxTokens = 1000 }, "--max-tokens" },
        { NewRequest("", "") with { InitialMasks = 0 }, "initial masks" },
        { NewRequest("", "") with { MaxForwards = 0 }, "forward passes" },
        { NewRequest("", "") with { ConfidenceThreshold = 1.5 }, "confidence threshold" },
        { NewRequest("", "") with { ConfidenceThreshold = double.NaN }, "confidence threshold" },
        { NewRequest("", "") with { Temperature = -1 }, "temperature" },
        { NewRequest("", "") with { Temperature = double.PositiveInfinity }, "temperature" },
    };

    [Theory]
    [MemberData(nameof(Nonsense), DisableDiscoveryEnumeration = true)]
    public void A_request_that_makes_no_sense_is_one_line_of_error(InfillRequest request, string named)
    {
        using var infiller = NewInfiller(new WishfulPredictor(Tokenizer, Config.VocabSize, [], []));

        var error = Assert.Throws<EngineException>(
            () => infiller.Infill(request, null, TestContext.Current.CancellationToken));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void An_order_that_nobody_knows_names_the_file_and_the_field()
    {
        var config = Config with { Diffusion = new DiffusionSettings { UnmaskOrder = "random" } };

        var error = Assert.Throws<CheckpointException>(
            () => NewInfiller(new WishfulPredictor(Tokenizer, Config.VocabSize, [], []), config));

        Assert.Contains("config.json: diffusion.unmask_order: 'random'", error.Message, StringComparison.Ordinal);
    }

    private static float[] Babble(long seed, int forward, int row)
    {
        var noise = new SeededNoise(seed, forward, row);
        float[] logits = [.. Enumerable.Range(0, Config.VocabSize).Select(id => 9f * (float)noise.Uniform(id))];
        logits[Config.DeleteTokenId!.Value] += forward % 3 == 0 ? 9 : 0;
        return logits;
    }

    private static float[] OneHot(int id)
    {
        float[] logits = new float[Config.VocabSize];
        logits[id] = 50;
        return logits;
    }

    private static InfillRequest NewRequest(string prefix, string suffix) => new() { Prefix = prefix, Suffix = suffix };

    internal static readonly ModelConfig Config = ModelConfig.FromJson(
        $$"""
        {
          "model_type": "a2d-qwen3", "vocab_size": {{Tokenizer.VocabularySize}}, "hidden_size": 8, "intermediate_size": 8,
          "num_hidden_layers": 1, "num_attention_heads": 1, "max_position_embeddings": 256,
          "mask_token_id": {{Tokenizer.TokenId("<|mask|>")}}, "delete_token_id": {{Tokenizer.TokenId("<|delete|>")}},
          "eos_token_id": {{Tokenizer.TokenId("<|eos|>")}}, "diffusion": { "initial_masks": 6, "max_new_tokens": 12 }
        }
        """);

    internal static DiffusionInfiller NewInfiller(IMaskPredictor predictor, ModelConfig? config = null) => new(
        predictor,
        Tokenizer,
        config ?? Config,
        new ModelDescription("wishful", "models/wishful", "a2d-qwen3", "cpu", "fp32", 0, Config.MaxPositionEmbeddings));
}
