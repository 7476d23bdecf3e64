using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server.Tests.Cli;

/// <summary>A machine on which every measurement comes out the same.</summary>
internal static class ScriptedProbes
{
    /// <summary>Makes its probes; the cold runs get slower with every run, the first one of all is slowest.</summary>
    public static BenchProbes Create()
    {
        int runs = 0;
        return new BenchProbes
        {
            Gaps = () => [new SampleGap("return ", "\n"), new SampleGap("", ""), new SampleGap("x", "y")],
            LoadAndMultiply = () => { },
            LoadAndStep = _ => { },
            OptionsOf = choice => new InfillerOptions { ModelFolder = choice.Model ?? "" },
            Matmul = (_, dtype) => dtype == "fp32" ? 180 : 400,
            Forward = (_, tokens) => new ForwardRate(tokens, 25, 100),
            Cold = arguments => new ColdRun(
                (runs++ < 2 ? 5000 : 0) + (arguments.Contains("Matmul") ? 200 : 300) + runs, (64 << 20) + runs),
        };
    }
}
