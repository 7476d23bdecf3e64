using System.Diagnostics;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Tests.Support;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>The built executable against the stand-in hub: killed in earnest, on a full disk, and then in use.</summary>
public sealed class ModelsExecutableTests : IDisposable
{
    private const string Weights = "model.safetensors";

    private readonly HubBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Killed_in_the_middle_it_goes_on_and_the_model_fills_a_gap()
    {
        TaskCompletionSource isHalf = new();
        using CancellationTokenSource over = new();
        _bench.Hub.Before = call => StandInHub.FileOf(call) == Weights
            ? _bench.Hub.Content(call) with { Pause = () => { isHalf.TrySetResult(); return Task.Delay(Timeout.Infinite, over.Token); } }
            : null;
        using (Process pull = Start(new ProcessStartInfo(Program, ["models", "pull", HubBench.Repository, "--yes"])))
        {
            await isHalf.Task.Soon();
            string partial = Path.Combine(_bench.Staging, Weights + FileDownload.PartialMark);
            while (!File.Exists(partial) || new FileInfo(partial).Length == 0)
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            pull.Kill();
            await pull.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        }

        Assert.False(Directory.Exists(_bench.Installed));
        await over.CancelAsync();
        _bench.Hub.Before = _ => null;

        var (exitCode, output, error) = await RunAsync("models", "pull", HubBench.Repository, "--yes");
        Assert.Equal((0, ""), (exitCode, error.Contains("error", StringComparison.Ordinal) ? error : ""));
        Assert.Contains("use it with --model quick-copy", output, StringComparison.Ordinal);
        _bench.AssertInstalled();
        Assert.StartsWith("bytes=", _bench.Hub.Calls.Last(call => StandInHub.FileOf(call) == Weights).Header("Range"), StringComparison.Ordinal);

        string place = Path.Combine(TestData.RepositoryRoot, "samples", "shapes.py") + ":12:23";
        var pulled = await RunAsync("infill", place, "--model", HubBench.Name);
        var embedded = await RunAsync("infill", place);
        Assert.Equal((0, embedded.Output), (pulled.ExitCode, pulled.Output));
        Assert.NotEmpty(pulled.Output.Trim());
    }

    [Fact]
    public async Task A_disk_that_becomes_full_is_one_line_and_what_has_come_is_kept()
    {
        Assert.SkipUnless(CanMount(), "No disk of a test's own can be mounted here.");
        const string Script = """
            mount -t tmpfs -o size=90m none "$1" || exit 99
            mkdir "$1/quick-copy" && echo an-old-model > "$1/quick-copy/config.json"
            "$2" models pull test-org/quick-copy --yes & pull=$!
            until [ -s "$1/.pulling/quick-copy/model.safetensors.partial" ]; do sleep 0.02; done
            head -c 100m /dev/zero > "$1/filler" 2> /dev/null
            touch "$3"
            wait $pull; code=$?
            ls "$1/.pulling/quick-copy" "$1"
            cat "$1/quick-copy/"*
            exit $code
            """;
        Directory.CreateDirectory(_bench.StoreFolder);
        string isFull = _bench.PathOf("full");
        _bench.Hub.Before = call => StandInHub.FileOf(call) == Weights
            ? _bench.Hub.Content(call) with { Pause = () => ExistsAsync(isFull) }
            : null;

        var (exitCode, output, error) = await RunAsync(new ProcessStartInfo(
            "unshare", ["-rm", "sh", "-c", Script, "sh", _bench.StoreFolder, Program, isFull]));

        Assert.Equal(2, exitCode);
        string line = Assert.Single(error.TrimEnd().Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains("No space left on device", line, StringComparison.Ordinal);
        Assert.Contains("make room or see to its rights, then pull again; what has come is kept", line, StringComparison.Ordinal);
        Assert.Contains("model.safetensors.partial", output, StringComparison.Ordinal);
        Assert.DoesNotContain("installed", output, StringComparison.Ordinal);
        Assert.EndsWith("\nan-old-model\n", output, StringComparison.Ordinal);
    }

    private static string Program =>
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "diffusionlsp.exe" : "diffusionlsp");

    private static bool CanMount()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            using Process trial = Process.Start(new ProcessStartInfo(
                "unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]) { RedirectStandardError = true })!;
            trial.WaitForExit();
            return trial.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task ExistsAsync(string file)
    {
        while (!File.Exists(file))
        {
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in _bench.Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunAsync(new ProcessStartInfo(Program, arguments));

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(ProcessStartInfo start)
    {
        using Process process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
