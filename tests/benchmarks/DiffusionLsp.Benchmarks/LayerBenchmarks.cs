using BenchmarkDotNet.Attributes;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using static TorchSharp.torch;

namespace DiffusionLsp.Benchmarks;

/// <summary>All layers of the embedded model's shape: module by module, and a script a layer.</summary>
public class LayerBenchmarks
{
    private Qwen2Network _plain = null!;
    private FusedNetwork _fused = null!;
    private KeyValueCache _cache = null!;
    private RowPass _pass = null!;
    private Tensor _ids = null!;

    /// <summary>Rows that go through the layers together.</summary>
    [Params(1, 24, 512)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TorchRuntime.EnsureLoaded();
        var config = new ModelConfig
        {
            ModelType = "a2d-qwen3", VocabSize = 8192, HiddenSize = 256, IntermediateSize = 704, NumHiddenLayers = 6,
            NumAttentionHeads = 4, NumKeyValueHeads = 4, HeadDim = 64, MaxPositionEmbeddings = 592, QkNorm = true, MaskTokenId = 1,
        };
        var placement = new Placement(CPU, float32);
        _plain = RandomWeights.Network(config, placement);
        _fused = new FusedNetwork(_plain, FusedWeights.Of(_plain, placement, WeightFormat.AsTheyAre), config, 592);
        _cache = new KeyValueCache(config, 592, placement, KeyTurning.Once);
        long[] positions = [.. Enumerable.Range(0, Rows).Select(position => (long)position)];
        _pass = new RowPass
        {
            Ids = positions, Previous = positions, Positions = positions, Slots = positions, Seen = new SlotRange(0, Rows),
        };
        _ids = tensor(positions).unsqueeze(0);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _ids.Dispose();
        _cache.Dispose();
        _fused.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Modules()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        _plain.Hidden(_ids, _ids, arange(Rows, int64), null, CancellationToken.None).Dispose();
    }

    [Benchmark]
    public void Scripts()
    {
        using var inference = inference_mode();
        _fused.Run(_pass, _cache, CancellationToken.None).Dispose();
    }
}
