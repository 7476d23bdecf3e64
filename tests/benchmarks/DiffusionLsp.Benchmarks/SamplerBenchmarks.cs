using BenchmarkDotNet.Attributes;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Denoising;
using static TorchSharp.torch;

namespace DiffusionLsp.Benchmarks;

/// <summary>The best token of each row of logits, with what a rule for commits wants to know.</summary>
public class SamplerBenchmarks
{
    private Tensor _logits = null!;
    private int[] _positions = null!;

    /// <summary>The vocabulary of the embedded model and of Qwen's.</summary>
    [Params(8192, 151_936)]
    public int Vocabulary { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TorchRuntime.EnsureLoaded();
        _logits = randn(32, Vocabulary);
        _positions = [.. Enumerable.Range(0, 32)];
    }

    [Benchmark(Baseline = true)]
    public object Confidence() => new TokenSampler(0, 0).Sample(_logits, _positions, 0, 1);

    [Benchmark]
    public object Entropy() => new TokenSampler(0, 0, GuessDetail.Entropy).Sample(_logits, _positions, 0, 1);

    [Benchmark]
    public object Margin() => new TokenSampler(0, 0, GuessDetail.Margin).Sample(_logits, _positions, 0, 1);
}
