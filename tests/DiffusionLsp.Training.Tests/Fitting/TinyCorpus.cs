using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Training.Corpus;
using DiffusionLsp.Training.Fitting;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Tests.Fitting;

/// <summary>A corpus of a few token lines, and a network small enough to train in a test.</summary>
internal sealed class TinyCorpus : IDisposable
{
    public const int LineBreak = 1;
    public const int Mask = 60;
    public const int Delete = 61;
    public const int Pad = 62;
    public const int Border = 63;
    private const int Vocabulary = 64;

    private readonly string _folder = Directory.CreateTempSubdirectory("tiny-corpus-").FullName;

    public TinyCorpus()
    {
        using (var writer = new ShardWriter(_folder, ShardLayout.Training))
        {
            for (int document = 0; document < 4; document++)
            {
                writer.Append(Document(document), package: 0);
            }

            writer.Complete();
        }

        Shards = TokenShards.Open(_folder, ShardLayout.Training);
    }

    public static SpanTokens Tokens { get; } =
        TokensFor(AttentionPattern.ContextCausal);

    public static SpanTokens TokensFor(AttentionPattern pattern) =>
        new(Mask, Delete, Pad, Border, [.. Enumerable.Range(0, Vocabulary).Select(id => id == LineBreak)], pattern);

    public static FitOptions Options { get; } = new()
    {
        Steps = 40,
        WarmupSteps = 2,
        DecaySteps = 10,
        BatchSize = 2,
        ContextLength = 32,
        NoisyLength = 16,
        MaxSpan = 8,
        CheckpointEvery = 5,
        ValidateEvery = 1000,
    };

    public static ModelConfig Config { get; } = new()
    {
        ModelType = "a2d-qwen3",
        VocabSize = Vocabulary,
        HiddenSize = 32,
        IntermediateSize = 48,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        NumKeyValueHeads = 1,
        HeadDim = 16,
        MaxPositionEmbeddings = 64,
        TieWordEmbeddings = true,
        QkNorm = true,
        MaskTokenId = Mask,
        DeleteTokenId = Delete,
    };

    public TokenShards Shards { get; }

    public SpanBatcher Batcher => new(Shards, Options, Tokens);

    public static Trainer NewTrainer(int seed) => NewTrainer(seed, Config);

    public static Trainer NewTrainer(int seed, ModelConfig config)
    {
        DiffusionLsp.Engine.TorchRuntime.EnsureLoaded();
        random.manual_seed(seed);
        var network = new Qwen2Network(config, new Placement(CPU, float32)) { ComputeType = float32 };
        network.Initialize();
        return new Trainer(network, Options, float32);
    }

    /// <summary>A run at its beginning.</summary>
    public static RunState NewState(int seed) => new(NewTrainer(seed), Options.EmaDecay);

    public void Dispose()
    {
        Shards.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Lines of five tokens that count up, so that every token says what follows it.</summary>
    private static int[] Document(int number) =>
        [.. Enumerable.Range(0, 12).SelectMany(line => Enumerable.Range(0, 5).Select(i => 2 + number + (i * 7)).Append(LineBreak))];
}
