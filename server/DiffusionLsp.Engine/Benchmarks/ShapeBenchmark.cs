using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Benchmarks;

/// <summary>
/// Times a network of a well-known shape with random weights, for which no checkpoint is needed: whole passes and cached steps,
/// beside the bare matrix products that they cannot do without, and beside the machine's memory bandwidth.
/// </summary>
public sealed class ShapeBenchmark : IDisposable
{
    private const int Forward = 512;
    private const int Window = 32;
    private const int Rounds = 5;
    private const long BandwidthElements = 1L << 28;

    private readonly Qwen2Network _plain;
    private readonly FusedNetwork _network;
    private readonly DualCachePredictor _predictor;
    private readonly Placement _placement;

    private ShapeBenchmark(Placement placement)
    {
        _placement = placement;
        _plain = RandomWeights.Network(Shape, placement);
        _network = new FusedNetwork(
            _plain, FusedWeights.Of(_plain, placement, WeightFormat.AsTheyAre), Shape, Shape.MaxPositionEmbeddings);
        _predictor = new DualCachePredictor(_network, new DualCacheRule(Neighbours: 0, MostWindowPasses: int.MaxValue));
    }

    /// <summary>Qwen2.5-Coder-0.5B's shape, the smallest open diffusion coders': 494 million weights.</summary>
    internal static ModelConfig Shape { get; } = new()
    {
        ModelType = "a2d-qwen2",
        VocabSize = 151_936,
        HiddenSize = 896,
        IntermediateSize = 4_864,
        NumHiddenLayers = 24,
        NumAttentionHeads = 14,
        NumKeyValueHeads = 2,
        HeadDim = 64,
        RopeTheta = 1_000_000,
        MaxPositionEmbeddings = 2_048,
        TieWordEmbeddings = true,
        QkvBias = true,
        MaskTokenId = 151_665,
    };

    /// <summary>Makes the network on a device.</summary>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <param name="dtype"><c>auto</c>, <c>bf16</c>, <c>fp16</c> or <c>fp32</c>.</param>
    /// <exception cref="TorchRuntimeException">The device or the dtype cannot be had.</exception>
    public static ShapeBenchmark Make(string device, string dtype)
    {
        var place = TorchRuntime.SelectDevice(device, neededBytes: 0);
        return new ShapeBenchmark(new Placement(place, TorchRuntime.SelectDtype(dtype, place)));
    }

    /// <summary>Measures all of it; tens of seconds on two processor cores.</summary>
    public ShapeRates Measure(CancellationToken token)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var cache = new KeyValueCache(Shape, Forward, _placement, KeyTurning.Once);
        var pass = WholePass(Forward);
        double[] forward = Timing.Medians(
            _placement.Device, Rounds,
            () => _network.Run(pass, cache, token).Dispose(),
            () => Products(Forward, headRows: 0));
        double[] steps = Timing.Medians(
            _placement.Device, 2 * Rounds, StepOver(Window, token), () => Products(Window, Window));
        double tokenStep = Timing.Medians(_placement.Device, 2 * Rounds, StepOver(1, token))[0];
        double bandwidth = Bandwidth();
        double bytes = Parameters * _plain.HeadWeight.ElementSize;
        return new ShapeRates
        {
            Dtype = Timing.NameOf(_placement.Dtype),
            ForwardMs = forward[0],
            ForwardGemmsMs = forward[1],
            StepMs = steps[0],
            StepGemmsMs = steps[1],
            TokenStepMs = tokenStep,
            BandwidthGbPerSecond = bandwidth,
            TokenFloorMs = bytes / bandwidth / 1e6,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _predictor.Dispose();

    private double Parameters => _plain.parameters().Sum(weight => (double)weight.NumberOfElements);

    private static RowPass WholePass(int tokens)
    {
        long[] positions = [.. Enumerable.Range(0, tokens).Select(position => (long)position)];
        long[] ids = [.. positions.Select(position => position * 37 % Shape.VocabSize)];
        return new RowPass { Ids = ids, Previous = ids, Positions = positions, Slots = positions, Seen = new SlotRange(0, tokens) };
    }

    /// <summary>
    /// A step over a window of masks behind a context, a row of logits for each of them; cached but for its first time.
    /// </summary>
    private Action StepOver(int window, CancellationToken token)
    {
        var context = Enumerable.Range(0, Forward).Select(id => id * 37 % Shape.VocabSize).ToList();
        var canvas = new Canvas(context, window, [], Shape.MaskTokenId);
        var rows = canvas.MaskedPositions();
        return () => _predictor.Predict(canvas, rows, token).Dispose();
    }

    /// <summary>The matrix products of a pass and nothing between them, with the weights that the pass reads.</summary>
    private void Products(int rows, int headRows)
    {
        using var scope = NewDisposeScope();
        var x = ones([rows, Shape.HiddenSize], _placement.Dtype, _placement.Device);                 // [R, C]
        var heads = ones([rows, Shape.NumAttentionHeads * Shape.HeadDim], _placement.Dtype, _placement.Device);
        var inner = ones([rows, Shape.IntermediateSize], _placement.Dtype, _placement.Device);       // [R, I]
        foreach (var layer in _plain.Layers)
        {
            Product(x, layer.Attention.Joint.Weight);
            Product(heads, layer.Attention.OutputWeight);
            Product(x, layer.Mlp.Joint.Weight);
            Product(inner, layer.Mlp.DownWeight);
        }

        if (headRows > 0)
        {
            Product(x.narrow(0, 0, headRows), _plain.HeadWeight);
        }
    }

    private static void Product(Tensor rows, Tensor weight) => nn.functional.linear(rows, weight).Dispose();

    /// <summary>The rate at which the device reads its memory, in GB/s: the sum of a large array, the best of a few.</summary>
    private double Bandwidth()
    {
        using var scope = NewDisposeScope();
        var large = ones([BandwidthElements], float32, _placement.Device);
        double best = Enumerable.Range(0, Rounds)
            .Min(_ => Timing.Milliseconds(_placement.Device, () => large.sum().Dispose()));
        return BandwidthElements * sizeof(float) / best / 1e6;
    }
}

/// <summary>What a <see cref="ShapeBenchmark"/> measured: medians, in milliseconds.</summary>
public sealed record ShapeRates
{
    /// <summary>The weights' type.</summary>
    public required string Dtype { get; init; }

    /// <summary>All layers over 512 tokens, without the head.</summary>
    public required double ForwardMs { get; init; }

    /// <summary>The matrix products of that.</summary>
    public required double ForwardGemmsMs { get; init; }

    /// <summary>A step over 32 masks behind 512 cached tokens, with 32 rows of the head.</summary>
    public required double StepMs { get; init; }

    /// <summary>The matrix products of that.</summary>
    public required double StepGemmsMs { get; init; }

    /// <summary>A step over one mask behind 512 cached tokens, with its row of the head.</summary>
    public required double TokenStepMs { get; init; }

    /// <summary>How fast the device reads memory.</summary>
    public required double BandwidthGbPerSecond { get; init; }

    /// <summary>The time to read all weights once.</summary>
    public required double TokenFloorMs { get; init; }
}
