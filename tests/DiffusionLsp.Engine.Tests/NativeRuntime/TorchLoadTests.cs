using DiffusionLsp.Engine.Native;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>The native library of this build loads on this machine, computes, and is reported as it is.</summary>
public sealed class TorchLoadTests
{
    public TorchLoadTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void A_product_of_two_matrices_is_right()
    {
        using var scope = torch.NewDisposeScope();
        var left = torch.tensor(new float[] { 1, 2, 3, 4 }, 2, 2); // [2, 2]
        var right = torch.tensor(new float[] { 5, 6, 7, 8 }, 2, 2); // [2, 2]

        Assert.Equal([19f, 22f, 43f, 50f], left.matmul(right).data<float>().ToArray());
    }

    [Fact]
    public void The_chosen_dtype_computes_on_the_chosen_device()
    {
        using var scope = torch.NewDisposeScope();
        var device = TorchRuntime.SelectDevice("auto", 0);
        var dtype = TorchRuntime.SelectDtype("auto", device);
        var ones = torch.ones([64, 64], dtype, device); // [64, 64]

        Assert.Equal(64f, ones.matmul(ones)[0, 0].to_type(torch.ScalarType.Float32).item<float>());
    }

    [Fact]
    public void The_report_describes_this_process()
    {
        var report = TorchRuntime.Inspect();

        Assert.Null(report.LoadProblem);
        Assert.Equal("0.107.0", report.TorchSharpVersion);
        Assert.Equal("2.10.0", report.LibtorchVersion);
        Assert.True(File.Exists(report.LibraryPath));
        Assert.InRange(report.Threads, 1, report.LogicalProcessors);
        Assert.InRange(report.AvailableMemoryBytes, 1, report.TotalMemoryBytes);
        Assert.Equal(Processor.HasFastBf16 ? "bf16" : "fp32", report.CpuDtype);
        Assert.Equal(report.TorchRuntime == "cpu", report.CudaProblem?.Contains("CPU build", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void The_processor_s_features_are_those_that_Linux_lists()
    {
        Assert.SkipUnless(File.Exists("/proc/cpuinfo"), "Only Linux lists the processor's features in a file.");
        var flags = File.ReadLines("/proc/cpuinfo")
            .First(line => line.StartsWith("flags", StringComparison.Ordinal)
                || line.StartsWith("Features", StringComparison.Ordinal))
            .Split(' ');
        string[] known = ["avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd"];

        Assert.Equal(known.Intersect(flags), Processor.Features);
    }

    [Fact]
    public void Waiting_threads_sleep_unless_the_user_says_otherwise() =>
        Assert.NotEmpty(Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "");
}
