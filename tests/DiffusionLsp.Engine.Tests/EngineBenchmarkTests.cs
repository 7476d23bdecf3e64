using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests;

public sealed class EngineBenchmarkTests
{
    [Fact]
    public void A_forward_pass_costs_two_operations_a_weight_and_token_besides_attention()
    {
        var config = ModelConfig.Load(TestData.PathOf("parity", "dream"));
        const int Tokens = 100;
        const int Rows = 3;

        // Every matrix of the blocks once a token, the head once a row, and each query with each key and value.
        double queries = config.NumAttentionHeads * config.HeadDim;
        double block = (2 * config.HiddenSize * queries)
            + (2.0 * config.HiddenSize * config.NumKeyValueHeads * config.HeadDim)
            + (3.0 * config.HiddenSize * config.IntermediateSize);
        double weights = config.NumHiddenLayers * block * Tokens;
        double head = (double)config.HiddenSize * config.VocabSize * Rows;
        double attention = config.NumHiddenLayers * 2 * queries * Tokens * Tokens;

        Assert.True(attention > 0.1 * weights);
        Assert.Equal(2 * (weights + head) + (2 * attention), EngineBenchmark.Operations(config, Tokens, Rows), 1.0);
    }

    [Fact]
    public void A_forward_pass_is_timed_over_the_canvas_that_was_asked_for()
    {
        var options = new InfillerOptions { ModelFolder = TestData.PathOf("parity", "dream"), Device = "cpu", Dtype = "fp32" };

        var rate = EngineBenchmark.Forward(options, tokens: 64);

        Assert.Equal(64, rate.Tokens);
        Assert.True(rate is { Milliseconds: > 0, Gigaflops: > 0 });
        Assert.Throws<EngineException>(() => EngineBenchmark.Forward(options, tokens: 16));
    }

    [Fact]
    public void A_spread_takes_the_nearest_ranks()
    {
        Assert.Equal(new Spread(50.5, 50, 95), Spread.Of([.. Enumerable.Range(1, 100).Select(each => (double)each).Reverse()]));
        Assert.Equal(new Spread(7, 7, 7), Spread.Of([7]));
    }
}
