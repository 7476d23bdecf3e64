using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Tests;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Tests.Models;

/// <summary>The networks of the parity folders and the embedded one, in fp32 on the CPU.</summary>
internal static class TestNetworks
{
    /// <summary>The longest canvas that they are made ready for.</summary>
    public const int Longest = 96;

    /// <summary>Where they are.</summary>
    public static Placement Float32 => new(CPU, float32);

    /// <summary>Query groups, norms of heads, biases, and what only the embedded model has.</summary>
    public static TheoryData<string> Names() => ["a2d-qwen3", "open-dcoder", "dream", "llada", "quicksilver"];

    public static string FolderOf(string name) =>
        name == "quicksilver" ? Path.Combine(TestData.RepositoryRoot, "models", "quicksilver") : TestData.PathOf("parity", name);

    /// <summary>The network of a checkpoint, under another config than its own where one is given.</summary>
    public static Qwen2Network Load(Checkpoint checkpoint, ModelConfig config)
    {
        using var inference = inference_mode();
        var network = new Qwen2Network(config, Float32);
        checkpoint.LoadInto(network);
        return network;
    }

    /// <summary>The network made ready for caches.</summary>
    public static FusedNetwork Fused(Checkpoint checkpoint, ModelConfig config) => Fused(Load(checkpoint, config), config);

    /// <summary>The network made ready for caches; it is taken over.</summary>
    public static FusedNetwork Fused(Qwen2Network network, ModelConfig config) =>
        new(network, FusedWeights.Of(network, Float32, WeightFormat.AsTheyAre), config, Longest);
}
