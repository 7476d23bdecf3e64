using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>
/// A model of half a billion weights over HTTP, by the built executable: killed at ten random bytes, resumed each time, verified,
/// loaded and used.
/// </summary>
public sealed class HalfBillionPullTests : IDisposable
{
    private const string Repository = "test-org/half-billion";
    private const string Name = "half-billion";
    private const string Weights = "model.safetensors";
    private const int Kills = 10;
    private const int Seed = 20_261_124;
    private const long NeededMemory = 5L << 30;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    private readonly ITestOutputHelper _output;
    private readonly string _root = Directory.CreateTempSubdirectory("diffusionlsp-half-").FullName;

    public HalfBillionPullTests(ITestOutputHelper output) => _output = output;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Killed_at_ten_random_bytes_it_comes_to_the_same_file_and_fills_a_gap()
    {
        Assert.SkipUnless(
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > NeededMemory && new DriveInfo(_root).AvailableFreeSpace > NeededMemory,
            "A model of 1 GB takes 5 GB of memory and of the disk, with the hub that serves it.");
        var clock = Stopwatch.StartNew();
        using StandInHub hub = new(Repository, HalfBillion.Files());
        byte[] weights = hub.Files[Weights];
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(weights));
        _output.WriteLine($"Made {weights.Length} bytes, SHA-256 {sha256}, in {clock.Elapsed.TotalSeconds:0.0} s.");

        // The hub's hashes are worked out once: it is asked for them with every call.
        hub.KnownDigests[Weights] = sha256;
        Random random = new(Seed);
        int[] places = [.. Enumerable.Range(0, Kills).Select(_ => random.Next(1, weights.Length)).Order()];
        List<long> starts = [];
        foreach (int place in places)
        {
            await KillAtAsync(hub, place, starts);
            Assert.False(Directory.Exists(Path.Combine(_root, "models", Name)));
        }

        Assert.Equal([0, .. places[..^1]], starts);
        hub.Before = _ => null;
        var (exitCode, output, error) = await RunAsync(hub, "models", "pull", Repository, "--yes");
        Assert.True(exitCode == 0, error);
        Assert.Contains($"use it with --model {Name}", output, StringComparison.Ordinal);
        Assert.Equal($"bytes={places[^1]}-", hub.Calls.Last(call => StandInHub.FileOf(call) == Weights).Header("Range"));
        _output.WriteLine($"Killed at {string.Join(", ", places)} (seed {Seed}) and resumed at each: whole after {clock.Elapsed.TotalSeconds:0.0} s.");

        string folder = Path.Combine(_root, "models", Name);
        Assert.Equal(sha256, Assert.Single(ModelRecord.Of(folder)!.Files, file => file.Name == Weights).Sha256);
        await using (FileStream file = File.OpenRead(Path.Combine(folder, Weights)))
        {
            Assert.Equal(sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, TestContext.Current.CancellationToken)));
        }

        Assert.Equal(HalfBillion.Parameters, ModelFolder.Verify(folder).ParameterCount);
        Assert.Equal(0, (await RunAsync(hub, "models", "verify", Name)).ExitCode);
        hub.Files.Clear();
        await InfillAsync(hub, clock);
    }

    private async Task InfillAsync(StandInHub hub, Stopwatch clock)
    {
        string source = Path.Combine(_root, "a.py");
        await File.WriteAllTextAsync(source, "def add(a, b):\n    return \n", TestContext.Current.CancellationToken);
        var (exitCode, output, error) = await RunAsync(hub, "infill", $"{source}:2:12", "--model", Name, "--device", "cpu", "--max-tokens", "8", "--json");
        Assert.True(exitCode == 0, error);
        JsonElement infill = JsonElement.Parse(output);
        Assert.Equal(Name, infill.GetProperty("model").GetString());
        Assert.InRange(infill.GetProperty("forwards").GetInt32(), 1, 64);
        _output.WriteLine($"Infilled with {infill.GetProperty("forwards").GetInt32()} forward passes in {infill.GetProperty("ms").GetDouble():0} ms; {clock.Elapsed.TotalSeconds:0.0} s in all.");
    }

    /// <summary>Has the hub send the weights up to a byte, and kills the pull when that byte is on the disk.</summary>
    private async Task KillAtAsync(StandInHub hub, int place, List<long> starts)
    {
        using CancellationTokenSource over = new();
        hub.Before = call =>
        {
            if (StandInHub.FileOf(call) != Weights)
            {
                return null;
            }

            HubReply reply = hub.Content(call);
            int start = hub.Files[Weights].Length - reply.Body.Length;
            starts.Add(start);
            return reply with { CutAfter = place - start, Pause = () => Task.Delay(Timeout.Infinite, over.Token) };
        };
        using Process pull = Executable.Start(["models", "pull", Repository, "--yes"], EnvironmentFor(hub));
        FileInfo partial = new(Path.Combine(_root, "models", ".pulling", Name, Weights + FileDownload.PartialMark));
        for (var clock = Stopwatch.StartNew(); !partial.Exists || partial.Length < place; partial.Refresh())
        {
            Assert.False(pull.HasExited, $"The pull ended by itself: {(pull.HasExited ? await pull.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken) : "")}");
            Assert.True(clock.Elapsed < _patience, $"Only {(partial.Exists ? partial.Length : 0)} of {place} bytes have come.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        pull.Kill();
        await pull.WaitForExitAsync(TestContext.Current.CancellationToken);
        await over.CancelAsync();
        Assert.Equal(place, new FileInfo(partial.FullName).Length);
    }

    private Dictionary<string, string> EnvironmentFor(StandInHub hub) => new()
    {
        ["HF_ENDPOINT"] = hub.Endpoint,
        ["HF_HUB_CACHE"] = Path.Combine(_root, "cache"),
        ["HF_TOKEN"] = "",
        ["HF_HUB_OFFLINE"] = "",
        ["DIFFUSIONLSP_MODELS"] = Path.Combine(_root, "models"),
        ["NO_PROXY"] = "127.0.0.1",
    };

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(StandInHub hub, params string[] arguments)
    {
        using Process process = Executable.Start(arguments, EnvironmentFor(hub));
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
