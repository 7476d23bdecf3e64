using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Training.Fitting;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Tests.Fitting;

/// <summary>What training computes for a span is what the engine computes for the same canvas, in every pattern.</summary>
public sealed class TrainedAsUsedTests : IDisposable
{
    private static readonly ushort[] s_document = [2, 9, 16, 23, 30, 1, 3, 10, 17, 24, 31, 1, 2, 9, 16, 23, 30, 1];
    private static readonly SpanLayout s_layout = new(PrefixStart: 1, SpanStart: 7, SpanEnd: 10, SuffixEnd: 16);
    private const int Deletes = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("trained-as-used-").FullName;

    public TrainedAsUsedTests() => TorchRuntime.EnsureLoaded();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("context-causal")]
    [InlineData("bidirectional")]
    [InlineData("left-to-right")]
    public void The_spans_loss_is_the_engines_surprise(string pattern)
    {
        var config = ConfigOf(pattern);
        using var trainer = NewTrainer(config);
        var batch = BatchOf(config.AttentionPattern);

        double trained = trainer.Evaluate(batch).Span;
        double used = Surprise(config, batch);

        Assert.Equal(used, trained, 4);
        Assert.NotEqual(Math.Log(config.VocabSize), trained, 1);
    }

    private static ModelConfig ConfigOf(string pattern) =>
        ModelConfig.FromJson(TinyCorpus.Config.ToJson().Replace("\"bidirectional\"", $"\"{pattern}\"", StringComparison.Ordinal)) with
        {
            PreviousTokenGain = true,
            CopyHeadDim = 8,
            BosTokenId = TinyCorpus.Border,
        };

    /// <summary>A network whose weights are far from their beginning, so that every part of it speaks.</summary>
    private Trainer NewTrainer(ModelConfig config)
    {
        var trainer = TinyCorpus.NewTrainer(seed: 4, config);
        using (no_grad())
        {
            foreach (var (_, weight) in trainer.Weights)
            {
                weight.add_(randn_like(weight) * 0.1);
            }
        }

        var network = new Qwen2Network(config, new Placement(CPU, float32));
        using (no_grad())
        {
            foreach (var (name, weight) in network.named_parameters())
            {
                weight.copy_(trainer.Weights.Single(entry => entry.Name == name).Weight);
            }
        }

        Checkpoint.Save(_folder, config, network, TensorDtype.F32);
        network.Dispose();
        return trainer;
    }

    private static SpanBatch BatchOf(AttentionPattern pattern)
    {
        // The bidirectional writer also masks some of the context; this draw leaves it whole.
        for (ulong seed = 1; ; seed++)
        {
            var batch = new SpanBatch(Sequences: 1, Length: 32);
            var tokens = TinyCorpus.TokensFor(pattern);
            var random = new SplitMix(seed);
            SequenceWriter writer = pattern switch
            {
                AttentionPattern.ContextCausal => new ContextCausalWriter(batch, 0, tokens),
                AttentionPattern.Bidirectional => new BidirectionalWriter(batch, 0, tokens),
                _ => new LeftToRightWriter(batch, 0, tokens),
            };
            writer.Write(s_document, s_layout, pattern == AttentionPattern.LeftToRight ? 0 : Deletes, random);
            if (pattern != AttentionPattern.Bidirectional || batch.NextTokens.Count == 0)
            {
                return batch;
            }
        }
    }

    /// <summary>The weighted mean of −log p over the masked cells, each canvas asked for on its own.</summary>
    private double Surprise(ModelConfig config, SpanBatch batch)
    {
        using var checkpoint = Checkpoint.Open(_folder);
        using var predictor = Qwen2Diffusion.Load(checkpoint, CPU, float32);
        double sum = 0;
        double weights = 0;
        foreach (var (row, target, weight) in batch.Masked)
        {
            var (canvas, position) = CanvasOf(config.AttentionPattern, batch, (int)row);
            using var logits = predictor.Predict(canvas, canvas.MaskedPositions(), CancellationToken.None);
            using var chances = logits.log_softmax(1);
            sum -= weight * chances[canvas.MaskedPositions().IndexOf(position), target].item<float>();
            weights += weight;
        }

        return sum / weights;
    }

    private static (Canvas Canvas, int Position) CanvasOf(AttentionPattern pattern, SpanBatch batch, int row)
    {
        int[] prefix = [.. s_document[s_layout.PrefixStart..s_layout.SpanStart].Select(id => (int)id)];
        int[] suffix = [.. s_document[s_layout.SpanEnd..s_layout.SuffixEnd].Select(id => (int)id)];
        int length = s_layout.SpanEnd - s_layout.SpanStart + Deletes;
        int context = prefix.Length + suffix.Length;
        var (start, cell) = pattern switch
        {
            AttentionPattern.ContextCausal => ((row - context) / length * length + context, (row - context) % length),
            AttentionPattern.Bidirectional => (prefix.Length, row - prefix.Length),
            _ => (context + 2, row - context - 1),
        };
        var canvas = new Canvas(prefix, length, suffix, TinyCorpus.Mask);
        int written = pattern == AttentionPattern.LeftToRight ? cell : length;
        for (int i = 0; i < written; i++)
        {
            canvas.Commit(prefix.Length + i, (int)batch.Ids[start + i]);
        }

        return (canvas, prefix.Length + cell);
    }
}
