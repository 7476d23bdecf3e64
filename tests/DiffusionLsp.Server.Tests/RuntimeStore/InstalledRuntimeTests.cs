using System.Diagnostics;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.RuntimeStore;

/// <summary>
/// A runtime that the built executable installs is the one that it uses then, and the only one in its process. The libraries are
/// the CPU's own, as packages, since they are what this build has.
/// </summary>
public sealed class InstalledRuntimeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("diffusionlsp-runtime-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task It_is_installed_used_alone_and_gives_the_same_answer()
    {
        Assert.SkipUnless(InstalledRuntime.Platform == "linux-x64", "Only Linux lists the libraries of a process in a file.");
        string native = Path.Combine(AppContext.BaseDirectory, "runtimes", InstalledRuntime.Platform, "native");
        Assert.SkipUnless(File.Exists(Path.Combine(native, "libtorch_cpu.so")), "This build carries no libtorch for the CPU.");
        Dictionary<string, byte[]> libraries = Directory.EnumerateFiles(native)
            .Where(path => !path.EndsWith("libLibTorchSharp.so", StringComparison.Ordinal))
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);

        // A library that needs no other and does nothing stands for CUDA's.
        libraries["libtorch_cuda.so"] = await File.ReadAllBytesAsync(Path.Combine(native, "libtorch_global_deps.so"), TestContext.Current.CancellationToken);
        using StandInFeed feed = new(libraries, "libtorch_cpu.so");
        Dictionary<string, string> environment = new() { [InstalledRuntime.Variable] = _root, ["NO_PROXY"] = "127.0.0.1" };
        string gap = Path.Combine(DiffusionLsp.Tests.TestData.RepositoryRoot, "samples", "shapes.py") + ":12:23";
        string before = await RunAsync(environment, "infill", gap);

        await RunAsync(environment, "runtime", "install", "cuda", "--yes", "--source", feed.Index);

        string folder = Path.Combine(_root, InstalledRuntime.CudaName);
        JsonElement info = JsonElement.Parse(await RunAsync(environment, "runtime", "info", "--json"));
        Assert.Equal((folder, "cuda", "2.10.0"), (info.GetProperty("folder").GetString(), info.GetProperty("kind").GetString(), info.GetProperty("libtorch").GetString()));
        Assert.Equal(before, await RunAsync(environment, "infill", gap, "--device", "cpu"));

        using Process serving = Executable.Start(["serve", "--in-process", "--device", "cpu"], environment);
        RawClient client = new(serving.StandardInput.BaseStream, serving.StandardOutput.BaseStream);
        await client.SendAsync(new Dictionary<string, object?>
        {
            ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "initialize", ["params"] = new { processId = Environment.ProcessId, capabilities = new { } },
        });
        await client.SendAsync(new Dictionary<string, object?> { ["jsonrpc"] = "2.0", ["method"] = "initialized", ["params"] = new { } });
        await client.NotificationAsync("diffusion/status", status => (string?)status["state"] == "ready");
        string[] loaded = [.. File.ReadLines($"/proc/{serving.Id}/maps").Where(line => line.Contains("/libtorch", StringComparison.Ordinal) || line.Contains("/libc10", StringComparison.Ordinal))];
        serving.Kill();
        await serving.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Contains(loaded, line => line.Contains($"{folder}/libtorch_cpu.so", StringComparison.Ordinal));
        Assert.All(loaded, line => Assert.Contains(folder, line, StringComparison.Ordinal));
    }

    private static async Task<string> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using Process process = Executable.Start(arguments, environment);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)}: {await error}");
        return output;
    }
}
