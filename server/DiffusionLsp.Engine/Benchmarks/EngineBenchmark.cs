using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Benchmarks;

/// <summary>
/// Measures what the engine stands on: matrix products and whole forward passes, as rates that can be compared with
/// each other and with other machines. It measures no infill; whoever has an <see cref="IInfiller"/> can do that.
/// </summary>
public static class EngineBenchmark
{
    private const int Rounds = 9;
    private const int MaskedPositions = 16;

    /// <summary>
    /// Loads libtorch and multiplies two matrices: the least that any use of the engine must wait for in a cold process.
    /// </summary>
    public static void LoadAndMultiply()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var square = ones(256, 256);                                                                  // [256, 256]
        _ = square.matmul(square).sum().item<float>();
    }

    /// <summary>The best rate of a product of two large square matrices, in GFLOP/s.</summary>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <param name="dtype"><c>auto</c>, <c>bf16</c>, <c>fp16</c> or <c>fp32</c>.</param>
    /// <exception cref="TorchRuntimeException">The device or the dtype cannot be had.</exception>
    public static double MatmulGigaflops(string device, string dtype)
    {
        var place = TorchRuntime.SelectDevice(device, neededBytes: 0);
        int size = place.type == DeviceType.CUDA ? 8192 : 2048;
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var type = TorchRuntime.SelectDtype(dtype, place);
        var left = randn(size, size, device: place).to(type);                                         // [N, N]
        var right = randn(size, size, device: place).to(type);                                        // [N, N]
        double milliseconds = Enumerable.Range(0, Rounds)
            .Min(_ => Timing.Milliseconds(place, () => left.matmul(right).Dispose()));
        return Gigaflops(2.0 * size * size * size, milliseconds);
    }

    /// <summary>The rate of the network's forward pass over a whole canvas of which nothing is cached.</summary>
    /// <param name="options">The model and where it runs.</param>
    /// <param name="tokens">The canvas's length.</param>
    /// <exception cref="EngineException">The model cannot be loaded, or its context is shorter.</exception>
    public static ForwardRate Forward(InfillerOptions options, int tokens)
    {
        using var checkpoint = Checkpoint.Open(options.ModelFolder);
        var config = checkpoint.Config;
        int length = Math.Min(tokens, config.MaxPositionEmbeddings);
        if (length <= MaskedPositions)
        {
            throw new EngineException($"A forward pass is measured on more than {MaskedPositions} tokens, not {length}.");
        }

        var device = TorchRuntime.SelectDevice(options.Device, checkpoint.ParameterCount * 2 * sizeof(float));
        var placement = new Placement(device, TorchRuntime.SelectDtype(options.Dtype, device));
        using var network = MaskPredictors.Load(checkpoint, placement, length, new PredictorLoading());
        int salt = 0;
        double median = Timing.Medians(device, Rounds, () =>
        {
            // Another text each time, so that nothing is cached.
            var prefix = Enumerable.Range(++salt, length - MaskedPositions).Select(i => i % config.MaskTokenId).ToList();
            var canvas = new Canvas(prefix, MaskedPositions, [], config.MaskTokenId);
            network.Predict(canvas, canvas.MaskedPositions(), CancellationToken.None).Dispose();
        })[0];
        return new ForwardRate(length, median, Gigaflops(Operations(config, length, MaskedPositions), median));
    }

    /// <summary>
    /// The multiplications and additions of the matrix products in a forward pass. Norms, activations and the like are
    /// left out: they are few, and a product's rate is what the figure is compared with.
    /// </summary>
    internal static double Operations(ModelConfig config, int tokens, int rows)
    {
        double queries = (double)config.NumAttentionHeads * config.HeadDim;
        double keys = (double)config.NumKeyValueHeads * config.HeadDim;
        double projections = config.HiddenSize * ((2 * queries) + (2 * keys) + (3.0 * config.IntermediateSize));
        double attention = 2.0 * tokens * queries;
        double head = (double)rows * config.HiddenSize * config.VocabSize;
        return 2 * ((config.NumHiddenLayers * tokens * (projections + attention)) + head);
    }

    private static double Gigaflops(double operations, double milliseconds) => operations / milliseconds / 1e6;
}

/// <summary>How fast a forward pass is.</summary>
/// <param name="Tokens">The canvas's length.</param>
/// <param name="Milliseconds">The median time of a pass.</param>
/// <param name="Gigaflops">Its matrix products in GFLOP/s.</param>
public sealed record ForwardRate(int Tokens, double Milliseconds, double Gigaflops);
