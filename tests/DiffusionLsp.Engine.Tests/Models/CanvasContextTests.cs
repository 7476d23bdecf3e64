using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;

namespace DiffusionLsp.Engine.Tests.Models;

public class CanvasContextTests
{
    private const int Mask = 99;

    [Theory]
    [InlineData("ContextCausal", new long[] { 1, 1, 2, Mask, 4, 4 })]
    [InlineData("Bidirectional", new long[] { 1, 1, 2, Mask, Mask, 4 })]
    public void The_token_before_each_position_where_the_pattern_shows_it(string pattern, long[] expected) =>
        Assert.Equal(expected, CanvasContext.Previous(Enum.Parse<AttentionPattern>(pattern), new Canvas([1, 2], 2, [4, 5], Mask)));

    [Fact]
    public void Both_sides_may_be_copied_within_themselves()
    {
        var (sources, followers) = CanvasContext.Copyable(new Canvas([1, 2, 3], 2, [4, 5], Mask));

        Assert.Equal([0, 1, 5], sources);
        Assert.Equal([2, 3, 5], followers);
    }

    [Fact]
    public void A_canvas_without_context_has_nothing_to_copy() =>
        Assert.Empty(CanvasContext.Copyable(new Canvas([1], 2, [], Mask)).Sources);

    [Fact]
    public void From_left_to_right_the_middle_comes_last_up_to_its_first_mask()
    {
        var canvas = new Canvas([1, 2], 3, [4, 5], Mask);
        canvas.Commit(2, 7);
        canvas.Commit(4, 8);
        var config = ModelConfig.FromJson(
            """
            {
              "model_type": "a2d-qwen3", "vocab_size": 100, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
              "num_attention_heads": 1, "head_dim": 8, "max_position_embeddings": 64, "mask_token_id": 99, "bos_token_id": 50
            }
            """);

        var read = PrefixSuffixMiddle.Of(canvas, firstMasked: 3, config);

        Assert.Equal([1, 2, 50, 4, 5, Mask, 7], read.Ids);
        Assert.Equal(read.Ids.Count, read.SpanStart);
    }
}
