using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Native;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Benchmarks;

/// <summary>Networks with random weights: as fast as those with others, and never zero, which some processors skip.</summary>
internal static class RandomWeights
{
    private const int Distinct = 1 << 20;
    private const double Deviation = 0.02;

    /// <summary>A network of that shape; the caller disposes it.</summary>
    public static Qwen2Network Network(ModelConfig config, Placement placement)
    {
        using var inference = inference_mode();

        // Outside of the scope, which would take its weights with it.
        var network = new Qwen2Network(config, placement);
        using var scope = NewDisposeScope();
        using TorchSharp.Scalar deviation = Deviation;
        manual_seed(1);
        var numbers = randn([Distinct], float32).mul_(deviation).to(placement.Dtype, placement.Device);
        foreach (var weight in network.parameters())
        {
            Fill(weight, numbers);
        }

        network.eval();
        return network;
    }

    private static void Fill(Tensor weight, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var flat = weight.view(-1);
        for (long from = 0; from < flat.shape[0]; from += Distinct)
        {
            long count = Math.Min(Distinct, flat.shape[0] - from);
            var part = flat.narrow(0, from, count);

            // As those that are loaded have them.
            HugePages.AskFor(part);
            _ = part.copy_(numbers.narrow(0, 0, count));
        }
    }
}
