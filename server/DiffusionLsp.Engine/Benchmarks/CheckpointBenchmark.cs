using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Benchmarks;

/// <summary>
/// Times the loading of a checkpoint of <see cref="ShapeBenchmark"/>'s shape, a gigabyte on disk, and works with it for whoever
/// measures a whole process.
/// </summary>
public static class CheckpointBenchmark
{
    /// <summary>What users call matrices in eight bits.</summary>
    internal const string Int8 = "int8";

    private const int Rounds = 3;
    private const int Canvas = 1024;
    private const int Masks = 32;
    private const int Steps = 4;
    private const int Portion = 8 << 20;

    /// <summary>Writes such a checkpoint with random weights in bf16.</summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    public static void Write(string folder)
    {
        TorchRuntime.EnsureLoaded();
        using var network = RandomWeights.Network(ShapeBenchmark.Shape, new Placement(CPU, bfloat16));
        Checkpoint.Save(folder, ShapeBenchmark.Shape, network, TensorDtype.BF16);
    }

    /// <summary>How long loading takes, and reading the same file once, whose pages the system has at hand both times.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="dtype"><c>auto</c>, <c>bf16</c>, <c>fp32</c> or <c>int8</c>.</param>
    public static LoadTimes Measure(string folder, string dtype)
    {
        double[] times = Timing.Medians(CPU, Rounds, () => Load(folder, dtype, Canvas).Dispose(), () => ReadOnce(folder));
        return new LoadTimes(times[0], times[1]);
    }

    /// <summary>Loads it and takes a few steps over 1,024 tokens: what the memory of a process is measured with.</summary>
    public static void LoadAndStep(string folder, string dtype)
    {
        using var scope = NewDisposeScope();
        using var predictor = Load(folder, dtype, Canvas);
        var prefix = Enumerable.Range(0, Canvas - Masks).ToList();
        var canvas = new Engine.Canvas(prefix, Masks, [], ShapeBenchmark.Shape.MaskTokenId);
        for (int step = 0; step < Steps; step++)
        {
            predictor.Predict(canvas, canvas.MaskedPositions(), CancellationToken.None).Dispose();
        }
    }

    /// <summary>The bytes of the weights in a type.</summary>
    /// <param name="dtype"><c>auto</c>, <c>bf16</c> or <c>fp32</c>.</param>
    public static long WeightBytes(string dtype) =>
        Parameters * (TorchRuntime.SelectDtype(dtype, CPU) == float32 ? sizeof(float) : 2);

    private static long Parameters =>
        ParameterShapes.Of(ShapeBenchmark.Shape).Sum(tensor => tensor.Shape.Aggregate(1L, (all, size) => all * size));

    internal static IMaskPredictor Load(string folder, string dtype, int longest)
    {
        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(folder);
        bool isRounded = dtype == Int8;
        var placement = new Placement(CPU, TorchRuntime.SelectDtype(isRounded ? "auto" : dtype, CPU));
        var format = isRounded ? WeightFormat.Int8 : WeightFormat.AsTheyAre;
        return MaskPredictors.Load(checkpoint, placement, longest, new PredictorLoading { Format = format });
    }

    private static void ReadOnce(string folder)
    {
        using var file = File.OpenHandle(Path.Combine(folder, CheckpointFiles.SingleName));
        byte[] portion = new byte[Portion];
        long offset = 0;
        for (int read; (read = RandomAccess.Read(file, portion, offset)) > 0; offset += read)
        {
        }
    }
}

/// <summary>What loading took.</summary>
/// <param name="LoadMilliseconds">The median time to load the checkpoint.</param>
/// <param name="ReadMilliseconds">The median time to read its file.</param>
public sealed record LoadTimes(double LoadMilliseconds, double ReadMilliseconds);
