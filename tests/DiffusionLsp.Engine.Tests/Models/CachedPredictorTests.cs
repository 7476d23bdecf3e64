using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using static DiffusionLsp.Engine.Tests.Models.TestNetworks;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Tests.Models;

/// <summary>The predictors over caches against the plain forward pass, which computes everything every time.</summary>
public sealed class CachedPredictorTests
{
    private const double LargestDifference = 2e-4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names), MemberType = typeof(TestNetworks))]
    public void A_context_that_ignores_the_span_is_exact_however_the_text_changes(string name)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf(name));
        var config = checkpoint.Config with { AttentionPattern = AttentionPattern.ContextCausal };
        using var plain = new Qwen2Diffusion(Load(checkpoint, config), config, Float32);
        using var cached = new ContextCausalPredictor(Fused(checkpoint, config));
        var writer = new Writer(config, seed: name.Length);
        for (int round = 0; round < 60; round++)
        {
            var canvas = writer.Next();
            AssertSame(plain, cached, canvas);
            writer.CommitSome(canvas);
            AssertSame(plain, cached, canvas);
        }
    }

    [Theory]
    [MemberData(nameof(Names), MemberType = typeof(TestNetworks))]
    public void A_dual_cache_that_is_never_kept_is_exact(string name) =>
        CompareDual(name, new DualCacheRule(Neighbours: 4, MostWindowPasses: 0));

    [Theory]
    [MemberData(nameof(Names), MemberType = typeof(TestNetworks))]
    public void A_window_over_the_whole_canvas_is_exact(string name) =>
        CompareDual(name, new DualCacheRule(Neighbours: Longest, MostWindowPasses: 100));

    [Fact]
    public void A_dual_cache_does_not_depend_on_what_was_asked_before()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf("dream"));
        using var fresh = Dual(checkpoint, checkpoint.Config, DualCacheRule.Default);
        using var used = Dual(checkpoint, checkpoint.Config, DualCacheRule.Default);
        var writer = new Writer(checkpoint.Config, seed: 7);
        var canvas = writer.Next();
        writer.CommitSome(canvas);
        _ = used.Predict(canvas, Masked(canvas, 1), Token);
        var again = new Canvas(
            [.. canvas.Ids.Take(canvas.SpanStart)], canvas.SpanLength, [.. canvas.Ids.Skip(canvas.SpanEnd)], canvas.MaskTokenId);

        var difference = fresh.Predict(again, Masked(again, 1), Token) - used.Predict(again, Masked(again, 1), Token);
        Assert.Equal(0f, difference.abs().max().item<float>());
    }

    [Fact]
    public void A_pass_that_was_cancelled_leaves_no_trace()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf("quicksilver"));
        using var plain = Qwen2Diffusion.Load(checkpoint, CPU, float32);
        using var cached = new ContextCausalPredictor(Fused(checkpoint, checkpoint.Config));
        var writer = new Writer(checkpoint.Config, seed: 3);
        for (int round = 0; round < 10; round++)
        {
            AssertSame(plain, cached, writer.Next());
            var abandoned = writer.Next();
            Assert.Throws<OperationCanceledException>(
                () => cached.Predict(abandoned, Masked(abandoned, 0), new CancellationToken(canceled: true)));
            AssertSame(plain, cached, writer.Next());
        }
    }

    private static DualCachePredictor Dual(Checkpoint checkpoint, ModelConfig config, DualCacheRule rule) =>
        new(Fused(checkpoint, config), rule);

    private static void CompareDual(string name, DualCacheRule rule)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(FolderOf(name));
        var config = checkpoint.Config with { AttentionPattern = AttentionPattern.Bidirectional };
        using var plain = new Qwen2Diffusion(Load(checkpoint, config), config, Float32);
        using var dual = Dual(checkpoint, config, rule);
        var writer = new Writer(config, seed: 1 + name.Length);
        for (int round = 0; round < 12; round++)
        {
            var canvas = writer.Next();
            while (canvas.MaskedPositions().Count > 0)
            {
                AssertSame(plain, dual, canvas);
                writer.CommitSome(canvas);
            }
        }
    }

    private static void AssertSame(Qwen2Diffusion plain, IMaskPredictor cached, Canvas canvas)
    {
        using var scope = NewDisposeScope();
        var rows = Masked(canvas, 0);
        if (rows.Count == 0)
        {
            return;
        }

        var expected = plain.Predict(canvas, rows, Token).softmax(1);
        var found = cached.Predict(canvas, rows, Token).softmax(1);
        double difference = (expected - found).abs().max().item<float>();
        Assert.True(difference <= LargestDifference, $"probabilities differ by {difference:E2}");
    }

    private static List<int> Masked(Canvas canvas, int shift) => [.. canvas.MaskedPositions().Select(position => position - shift)];

    /// <summary>Somebody who types, deletes, moves about and changes files.</summary>
    private sealed class Writer(ModelConfig config, int seed)
    {
        private readonly Random _random = new(seed);
        private List<int> _prefix = [1, 2, 3];
        private List<int> _suffix = [];

        public Canvas Next()
        {
            switch (_random.Next(8))
            {
                case 0:
                    _prefix = Tokens(_random.Next(1, 40));
                    _suffix = Tokens(_random.Next(0, 20));
                    break;
                case 1:
                    _prefix = _prefix[..Math.Max(1, _prefix.Count - _random.Next(1, 6))];
                    break;
                case 2:
                    _suffix = Tokens(_random.Next(0, 20));
                    break;
                case 3:
                    int moved = Math.Min(_suffix.Count, _random.Next(1, 4));
                    _prefix = [.. _prefix, .. _suffix[..moved]];
                    _suffix = _suffix[moved..];
                    break;
                default:
                    _prefix = [.. _prefix, .. Tokens(_random.Next(1, 4))];
                    break;
            }

            _prefix = _prefix.Count > 50 ? _prefix[..50] : _prefix;
            return new Canvas(_prefix, _random.Next(1, 12), _suffix, config.MaskTokenId);
        }

        /// <summary>Commits some of the masks; at times the span grows or shrinks.</summary>
        public void CommitSome(Canvas canvas)
        {
            foreach (int position in canvas.MaskedPositions().Take(_random.Next(1, 4)))
            {
                canvas.Commit(position, Tokens(1)[0]);
            }

            if (_random.Next(3) == 0 && canvas.SpanLength > 2)
            {
                canvas.Delete(canvas.SpanStart + _random.Next(canvas.SpanLength));
            }
            else if (_random.Next(3) == 0 && canvas.SpanLength < 14)
            {
                canvas.Expand(canvas.SpanStart + _random.Next(canvas.SpanLength));
            }
        }

        private List<int> Tokens(int count)
        {
            var tokens = new List<int>(count);
            while (tokens.Count < count)
            {
                int token = _random.Next(config.VocabSize);
                if (token != config.MaskTokenId)
                {
                    tokens.Add(token);
                }
            }

            return tokens;
        }
    }
}
