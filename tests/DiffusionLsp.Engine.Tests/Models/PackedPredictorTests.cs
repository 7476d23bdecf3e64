using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using static DiffusionLsp.Engine.Tests.Models.TestNetworks;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Tests.Models;

/// <summary>Spans of several lengths side by side, against the plain forward pass of each by itself.</summary>
public sealed class PackedPredictorTests
{
    private const double LargestError = 1e-4;

    private static readonly int[] s_lengths = [4, 1, 9, 3];

    public PackedPredictorTests() => TorchRuntime.EnsureLoaded();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a2d-qwen3", 12, 7)]
    [InlineData("open-dcoder", 12, 7)]
    [InlineData("dream", 5, 0)]
    [InlineData("llada", 1, 20)]
    [InlineData("quicksilver", 12, 7)]
    [InlineData("quicksilver", 3, 0)]
    public void Over_a_context_that_ignores_the_span_they_are_exact(string name, int prefix, int suffix)
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf(name));
        var config = checkpoint.Config with { AttentionPattern = AttentionPattern.ContextCausal };
        using var plain = new Qwen2Diffusion(Load(checkpoint, config), config, Float32);
        using var cached = new ContextCausalPredictor(Fused(checkpoint, config));
        var canvases = Canvases(config, prefix, suffix, seed: 1);
        int[] forwards = [2, 1, 1];
        foreach (int expected in forwards)
        {
            Assert.Equal(expected, AssertSame(plain, cached, canvases, shift: 0));
            CommitFirst(canvases, config);
        }

        // Another context, one canvas alone, and back to the first, which is still there.
        var others = Canvases(config, prefix, suffix, seed: 2);
        Assert.Equal(1, AssertSame(plain, cached, others[..1], shift: 0));
        Assert.Equal(1, AssertSame(plain, cached, others, shift: 0));
        Assert.Equal(1, AssertSame(plain, cached, canvases, shift: 0));
    }

    /// <summary>The keys and values of a single layer do not depend on the span, so that nothing is approximated.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Over_a_dual_cache_they_are_exact_where_the_cache_is(int shift)
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf("dream"));
        var config = checkpoint.Config with { NumHiddenLayers = 1, AttentionPattern = AttentionPattern.Bidirectional };
        using var plain = new Qwen2Diffusion(RandomWeights.Network(config, Float32), config, Float32);
        using var dual = new DualCachePredictor(Fused(RandomWeights.Network(config, Float32), config), DualCacheRule.Default);
        var canvases = Canvases(config, prefix: 12, suffix: 7, seed: 1);
        int[] forwards = [2, 1, 1, 1];
        foreach (int expected in forwards)
        {
            Assert.Equal(expected, AssertSame(plain, dual, canvases, shift));
            CommitFirst(canvases, config);
        }
    }

    [Theory]
    [InlineData("dream")]
    [InlineData("llada")]
    public void Over_a_dual_cache_the_longest_is_what_it_is_alone(string name)
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf(name));
        var config = checkpoint.Config;
        using var alone = Dual(checkpoint, config);
        using var together = Dual(checkpoint, config);
        for (int round = 0; round < 2; round++)
        {
            var (ones, others) = (Canvases(config, 12, 7, seed: round), Canvases(config, 12, 7, seed: round));
            for (int step = 0; step < 3; step++)
            {
                int longest = Array.IndexOf(s_lengths, s_lengths.Max());
                var expected = alone.Predict(ones[longest], Rows(ones[longest], 0), Token);
                var found = together.PredictTogether([.. others.Select(canvas => new CanvasRows(canvas, Rows(canvas, 0)))], Token);
                AssertNear(expected, found.Logits[longest]);
                CommitFirst(ones, config);
                CommitFirst(others, config);
            }
        }
    }

    [Fact]
    public void Canvases_of_two_contexts_are_refused()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf("quicksilver"));
        using var cached = new ContextCausalPredictor(Fused(checkpoint, checkpoint.Config));
        var mixed = new[] { Canvases(checkpoint.Config, 12, 7, seed: 1)[0], Canvases(checkpoint.Config, 12, 7, seed: 2)[1] };

        Assert.Throws<ArgumentException>(
            () => cached.PredictTogether([.. mixed.Select(canvas => new CanvasRows(canvas, Rows(canvas, 0)))], Token));
    }

    private static int AssertSame(Qwen2Diffusion plain, IMaskPredictor packed, Canvas[] canvases, int shift)
    {
        using var scope = NewDisposeScope();
        CanvasRows[] asked = [.. canvases.Select(canvas => new CanvasRows(canvas, Rows(canvas, shift))).Where(each => each.Rows.Count > 0)];
        var found = packed.PredictTogether(asked, Token);
        Assert.Equal(asked.Length, found.Logits.Count);
        Assert.All(asked.Zip(found.Logits), each =>
            AssertNear(plain.Predict(each.First.Canvas, each.First.Rows, Token), each.Second));
        return found.Forwards;
    }

    private static void AssertNear(Tensor expected, Tensor found)
    {
        double error = ((expected - found).abs().max() / expected.abs().max()).item<float>();
        Assert.True(error <= LargestError, $"relative error {error:E2}");
    }

    private static Canvas[] Canvases(ModelConfig config, int prefix, int suffix, int seed)
    {
        var random = new Random(seed);
        int[] before = Tokens(prefix), behind = Tokens(suffix);
        return [.. s_lengths.Select(length => new Canvas(before, length, behind, config.MaskTokenId))];

        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(Math.Min(config.VocabSize, config.MaskTokenId)))];
    }

    private static void CommitFirst(Canvas[] canvases, ModelConfig config)
    {
        foreach (var canvas in canvases.Where(canvas => canvas.MaskedPositions().Count > 1))
        {
            canvas.Commit(canvas.MaskedPositions()[0], (canvas.SpanLength * 7) % config.MaskTokenId);
        }
    }

    private static List<int> Rows(Canvas canvas, int shift) => [.. canvas.MaskedPositions().Select(position => position - shift)];

    private static DualCachePredictor Dual(Checkpoint checkpoint, ModelConfig config) =>
        new(Fused(checkpoint, config), new DualCacheRule(Neighbours: 0, MostWindowPasses: 100));
}
