using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server.Tests.Cli;

public sealed class DoctorReportTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly RuntimeReport s_plain = new()
    {
        TorchSharpVersion = "0.107.0",
        LibtorchVersion = "2.10.0",
        LibraryPath = "native/libLibTorchSharp.so",
        LoadProblem = null,
        Threads = 2,
        LogicalProcessors = 4,
        ProcessorFeatures = ["avx2"],
        CpuDtype = "fp32",
        TorchRuntime = "cpu",
        CudaProblem = "this is a CPU build of libtorch; build with -p:TorchRuntime=cuda.",
        CudaDevices = [],
        TotalMemoryBytes = 16 * Gibibyte,
        AvailableMemoryBytes = 8 * Gibibyte,
    };

    private static readonly CudaDeviceReport s_gpu = new(0, "A GPU", new Version(8, 6), 24 * Gibibyte, 20 * Gibibyte);
    private static readonly CheckpointStatus s_sound = Model("quicksilver", "qwen2, 7.0 M parameters", isUsable: true);
    private static readonly CheckpointStatus s_broken = Model("broken", "broken/config.json: is missing.", isUsable: false);

    [Fact]
    public void A_sound_machine_has_no_problem()
    {
        var report = Examine(s_plain, s_sound);

        Assert.True(report.Usable);
        Assert.Empty(ProblemsOf(report));
        Assert.Contains(report.Findings, f => f.Subject == "cpu" && f.Text.Contains("8.0 GiB of 16.0 GiB", StringComparison.Ordinal));
    }

    [Fact]
    public void A_libtorch_that_does_not_load_makes_it_unusable_and_says_why()
    {
        var report = Examine(s_plain with { LoadProblem = "libstdc++ is too old: install libstdc++6.", LibtorchVersion = null }, s_sound);

        Assert.False(report.Usable);
        Assert.Equal(["libtorch: libstdc++ is too old: install libstdc++6."], ProblemsOf(report));
    }

    [Fact]
    public void A_device_that_this_build_cannot_use_is_a_problem_but_the_cpu_works()
    {
        var report = Examine(s_plain with { CudaDevices = [s_gpu] }, s_sound);

        Assert.True(report.Usable);
        Assert.Equal([$"cuda: not used: {s_plain.CudaProblem}"], ProblemsOf(report));
    }

    [Fact]
    public void A_device_that_works_is_shown_with_its_memory()
    {
        var report = Examine(s_plain with { CudaDevices = [s_gpu], TorchRuntime = "cuda", CudaProblem = null }, s_sound);

        Assert.Empty(ProblemsOf(report));
        var device = Assert.Single(report.Findings, finding => finding.Subject == "cuda:0");
        Assert.Equal(Severity.Ok, device.Severity);
        Assert.Contains("20.0 GiB of 24.0 GiB memory free", device.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_model_beside_a_sound_one_is_a_problem_but_usable()
    {
        var report = Examine(s_plain, s_broken, s_sound);

        Assert.True(report.Usable);
        Assert.Equal(["model broken: broken/config.json: is missing."], ProblemsOf(report));
    }

    [Fact]
    public void No_model_makes_it_unusable_and_names_the_folders_that_were_searched()
    {
        var report = Examine(s_plain);

        Assert.False(report.Usable);
        Assert.Contains("the/models", Assert.Single(ProblemsOf(report)), StringComparison.Ordinal);
    }

    private static DoctorReport Examine(RuntimeReport runtime, params CheckpointStatus[] models) =>
        DoctorReport.Of(runtime, models, ["the/models"], "quicksilver");

    private static List<string> ProblemsOf(DoctorReport report) =>
        [.. report.Findings.Where(f => f.Severity == Severity.Problem).Select(f => $"{f.Subject}: {f.Text}")];

    private static CheckpointStatus Model(string name, string detail, bool isUsable) =>
        new(name, $"models/{name}", isUsable, detail, 7_000_000, 14_000_000);
}
