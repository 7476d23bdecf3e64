using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.RuntimeStore;

/// <summary><c>runtime</c> against a feed on this machine: what is installed, resumed, refused and removed.</summary>
public sealed class RuntimeCommandTests : IDisposable
{
    private readonly RuntimeBench _bench = new();

    public RuntimeCommandTests() => Assert.SkipUnless(
        InstalledRuntime.Platform == "linux-x64", "The libraries of this test have the names that they have on Linux.");

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task An_install_puts_every_library_together_and_a_second_one_loads_nothing()
    {
        var (exitCode, output, error) = await _bench.InstallAsync("--json");

        Assert.Equal(0, exitCode);
        _bench.AssertInstalled();
        string last = output.TrimEnd().Split('\n')[^1];
        Assert.Equal("installed", JsonElement.Parse(last).GetProperty("event").GetString());
        Assert.Equal(1_000_000, JsonElement.Parse(last).GetProperty("bytes").GetInt64());
        Assert.Empty(error);

        int calls = _bench.Feed.Calls.Count();
        Assert.Equal(0, (await _bench.InstallAsync()).ExitCode);
        Assert.Equal(calls, _bench.Feed.Calls.Count());
    }

    [Fact]
    public async Task What_will_be_done_is_said_in_figures_before_it_is()
    {
        var (exitCode, _, error) = await _bench.RunAsync("install", "cuda", "--source", _bench.Feed.Index);

        Assert.Equal(2, exitCode);
        Assert.Contains("This loads 1.2 MB in 5 packages, libtorch 2.10.0 for CUDA, from 127.0.0.1", error, StringComparison.Ordinal);
        Assert.Contains("needs about 3.8 MB of the disk", error, StringComparison.Ordinal);
        Assert.Contains("a driver for CUDA 12 or newer (525 on Linux, 528 on Windows): this machine has none", error, StringComparison.Ordinal);
        Assert.Contains("Pass --yes to agree", error, StringComparison.Ordinal);
        Assert.DoesNotContain(_bench.Feed.Calls, call => call.Path.StartsWith("/flat/", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_bench.Home));
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_taken_up_where_it_ended()
    {
        int cuts = 0;
        _bench.Feed.Before = call => StandInFeed.IsFileOf(call, StandInFeed.Primary) && cuts++ == 0
            ? _bench.Feed.File(call) with { CutAfter = 20_000 } : null;

        Assert.Equal(0, (await _bench.InstallAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.Equal("bytes=20000-", _bench.Feed.Calls.Last(call => StandInFeed.IsFileOf(call, StandInFeed.Primary)).Header("Range"));
    }

    [Fact]
    public async Task A_flipped_bit_in_a_package()
    {
        _bench.Feed.Before = call =>
        {
            if (!StandInFeed.IsFileOf(call, StandInFeed.Primary))
            {
                return null;
            }

            HubReply reply = _bench.Feed.File(call);
            byte[] body = [.. reply.Body];
            body[^500] ^= 4;
            return reply with { Body = body };
        };
        string line = await _bench.RefusedAsync("came damaged: it has the SHA-512");
        Assert.Contains("install again", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pieces_that_are_not_those_of_the_whole()
    {
        string platform = InstalledRuntime.Platform;
        _bench.Feed.Add($"libtorch-cuda-12.8-{platform}-part2-fragment1", new Dictionary<string, byte[]>
        {
            [$"fragments/{platform}/native/{RuntimeBench.Split}.fragment1"] = [1, 2, 3],
        });
        await _bench.RefusedAsync($"{RuntimeBench.Split} cannot be put together from its packages");
    }

    [Fact]
    public async Task A_piece_that_is_missing()
    {
        _bench.Feed.Add($"libtorch-cuda-12.8-{InstalledRuntime.Platform}-part2-fragment1", new Dictionary<string, byte[]> { ["x"] = [1] });
        await _bench.RefusedAsync($"{RuntimeBench.Split} cannot be put together from its packages");
    }

    [Theory]
    [InlineData("../../evil.so")]
    [InlineData("..%2F..%2Fevil.so")]
    [InlineData("C:evil.so")]
    public async Task A_name_that_leaves_the_folder(string name)
    {
        _bench.Feed.Add(StandInFeed.Primary, new Dictionary<string, byte[]> { [$"runtimes/{InstalledRuntime.Platform}/native/{name}"] = [1] });
        await _bench.RefusedAsync("a name that may leave the runtime's folder: nothing is installed");
    }

    [Fact]
    public async Task A_package_that_is_none()
    {
        _bench.Feed.Packages[StandInFeed.Primary] = new byte[100];
        await _bench.RefusedAsync("a package cannot be read");
    }

    [Fact]
    public async Task Packages_without_the_library_for_CUDA()
    {
        _bench.Feed.Add(StandInFeed.Primary, new Dictionary<string, byte[]> { ["x"] = [1] });
        _bench.Feed.Add($"libtorch-cuda-12.8-{InstalledRuntime.Platform}-part2-fragment1", new Dictionary<string, byte[]> { ["x"] = [1] });
        _bench.Feed.Add($"libtorch-cuda-12.8-{InstalledRuntime.Platform}-part2-fragment2", new Dictionary<string, byte[]> { ["x"] = [1] });
        await _bench.RefusedAsync($"the packages hold no {RuntimeBench.Split}");
    }

    [Theory]
    [InlineData("/registration/", 404, "has no TorchSharp-cuda-linux 0.107.0 (404): check --source")]
    [InlineData("/registration/", 403, "refuses TorchSharp-cuda-linux 0.107.0 with the status 403")]
    [InlineData("/v3/", 404, "has no itself (404)")]
    [InlineData("/flat/", 404, "(404): check --source")]
    public async Task A_feed_that_refuses(string path, int status, string message)
    {
        _bench.Feed.Before = call => call.Path.StartsWith(path, StringComparison.Ordinal) ? new HubReply(status, []) : null;
        await _bench.RefusedAsync(message);
    }

    [Theory]
    [InlineData("/v3/", "{}", "is no service index of a NuGet feed")]
    [InlineData("/v3/", "<html>", "cannot be read")]
    [InlineData("/catalog/", "{\"packageSize\": 5}", "tells no length and SHA-512 of TorchSharp-cuda-linux 0.107.0")]
    public async Task A_feed_that_is_another(string path, string body, string message)
    {
        _bench.Feed.Before = call => call.Path.StartsWith(path, StringComparison.Ordinal) ? new HubReply(200, System.Text.Encoding.UTF8.GetBytes(body)) : null;
        await _bench.RefusedAsync(message);
    }

    [Fact]
    public async Task A_disk_without_the_room()
    {
        _bench.FreeBytes = _ => 1_000_000;
        string line = await _bench.RefusedAsync("has 1.0 MB free, and");
        Assert.Contains(InstalledRuntime.Variable, line, StringComparison.Ordinal);
        Assert.DoesNotContain(_bench.Feed.Calls, call => call.Path.StartsWith("/flat/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rocm", "There is no runtime 'rocm' to install, only cuda")]
    [InlineData("cuda", "is no feed's address", "--source", "feed")]
    public async Task What_cannot_be_installed(string kind, string message, params string[] more)
    {
        var (exitCode, _, error) = await _bench.RunAsync(["install", kind, "--yes", .. more]);
        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_installed_is_shown_and_can_be_removed()
    {
        Assert.Contains("no CUDA runtime is installed", (await _bench.RunAsync()).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _bench.RunAsync("remove", "cuda", "--yes")).ExitCode);
        await _bench.InstallAsync();
        _bench.Report = _bench.Report with { LibtorchFolder = _bench.Folder, TorchRuntime = "cuda", CudaDriverVersion = new Version(12, 8) };

        string info = (await _bench.RunAsync("info")).Output;
        Assert.Contains($"libtorch 2.10.0 (cuda) by way of TorchSharp 0.107.0, from {_bench.Folder}", info, StringComparison.Ordinal);
        Assert.Contains("NVIDIA's driver is for CUDA up to 12.8: it shows no device", info, StringComparison.Ordinal);
        Assert.Contains($"{_bench.Folder}, 1.0 MB, and is used", info, StringComparison.Ordinal);
        var json = JsonElement.Parse((await _bench.RunAsync("info", "--json")).Output);
        Assert.Equal((_bench.Folder, 1_000_000), (json.GetProperty("installed").GetString(), json.GetProperty("installed_bytes").GetInt64()));

        Assert.Equal(0, (await _bench.RunAsync("remove", "cuda", "--yes")).ExitCode);
        Assert.False(Directory.Exists(_bench.Folder));
    }

    [Fact]
    public async Task A_runtime_of_which_a_file_is_missing_or_short_is_none_and_is_installed_anew()
    {
        await _bench.InstallAsync();
        await File.WriteAllTextAsync(Path.Combine(_bench.Folder, RuntimeBench.Split), "short", TestContext.Current.CancellationToken);
        Assert.Null(InstalledRuntime.Find(_bench.Folder));

        Assert.Equal(0, (await _bench.InstallAsync()).ExitCode);
        _bench.AssertInstalled();
    }
}
