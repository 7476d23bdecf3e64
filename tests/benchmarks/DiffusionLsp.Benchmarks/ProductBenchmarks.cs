using BenchmarkDotNet.Attributes;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Models;
using static TorchSharp.torch;

namespace DiffusionLsp.Benchmarks;

/// <summary>Rows times one matrix of a 0.5 B network, as it is and in eight bits.</summary>
public class ProductBenchmarks
{
    private Tensor _rows = null!;
    private Tensor _scratch = null!;
    private WeightMatrix _whole = null!;
    private WeightMatrix _rounded = null!;

    /// <summary>How many rows.</summary>
    [Params(1, 16, 64, 512)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TorchRuntime.EnsureLoaded();
        var weight = randn(9728, 896);
        _rows = randn(Rows, 896);
        _scratch = empty(1 << 21);
        _whole = new WeightMatrix(weight, empty(0));
        _rounded = WeightMatrix.Rounded(weight, new Placement(CPU, float32));
    }

    [Benchmark(Baseline = true)]
    public void AsItIs() => LayerScript.Product(_rows, _whole, _scratch).Dispose();

    [Benchmark]
    public void EightBits() => LayerScript.Product(_rows, _rounded, _scratch).Dispose();
}
