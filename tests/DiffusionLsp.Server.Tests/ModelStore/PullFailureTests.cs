using System.Net.Sockets;
using System.Text;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>
/// Whatever goes wrong ends in one line that says what to do and the exit code 2, with nothing under the model's name, or
/// with what was there before.
/// </summary>
public sealed class PullFailureTests : IDisposable
{
    private const string Weights = "model.safetensors";

    private readonly HubBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_flipped_bit()
    {
        string line = await RefusedWithAnOldModelAsync(
            "came damaged: it has the SHA-256",
            call => Reply(call, reply => reply with { Body = Flipped(reply.Body) }));

        Assert.Contains("pull again", line, StringComparison.Ordinal);
        AssertKept("model.safetensors.partial", isKept: false);
    }

    [Fact]
    public async Task A_file_that_always_ends_early()
    {
        bool isFirst = true;
        await RefusedWithAnOldModelAsync(
            "breaks off again and again at 1.0 MB of 18.1 MB",
            call => Reply(call, reply =>
            {
                int most = isFirst ? 1_000_000 : 0;
                isFirst = false;
                return reply with { CutAfter = most };
            }));

        AssertKept("model.safetensors.partial", isKept: true);
    }

    [Theory]
    [InlineData(+1000)]
    [InlineData(-1000)]
    public async Task A_length_that_is_a_lie(int difference)
    {
        await RefusedWithAnOldModelAsync(
            "the hub announces",
            call => Reply(call, reply => reply with { Announced = reply.Body.Length + difference, CutAfter = reply.Body.Length - 2000 }));

        AssertKept("model.safetensors.partial", isKept: false);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_hub_that_stays_busy(int status)
    {
        await RefusedWithAnOldModelAsync($"is busy ({status}) after 5 attempts", call => StandInHub.FileOf(call) == Weights ? new HubReply(status, []) : null);

        Assert.Equal(5, _bench.Hub.Calls.Count(call => StandInHub.FileOf(call) == Weights));
    }

    [Fact]
    public async Task A_hub_that_is_busy_for_a_while_is_asked_again()
    {
        int attempts = 0;
        _bench.Hub.Before = call => StandInHub.FileOf(call) == Weights && ++attempts < 5
            ? new HubReply(attempts % 2 == 0 ? 429 : 502, []) { Headers = { ["Retry-After"] = "0" } } : null;

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);
        _bench.AssertInstalled();
    }

    [Fact]
    public async Task A_hub_that_asks_for_too_long_a_wait_is_not_waited_for()
    {
        await _bench.RefusedWithAsync(
            "is busy (429)", call => new HubReply(429, []) { Headers = { ["Retry-After"] = "86400" } }, "and asks to wait 86400 s");

        Assert.Single(_bench.Hub.Calls);
    }

    [Fact]
    public async Task Redirects_in_a_circle() => await RefusedWithAnOldModelAsync(
        "redirects in a circle", call => StandInHub.FileOf(call) == Weights || call.Path == "/a" ? HubReply.Redirect(call.Path == "/a" ? call.Path : "/a") : null);

    [Fact]
    public async Task Redirects_without_an_end()
    {
        int hop = 0;
        await RefusedWithAnOldModelAsync(
            "more than 10 times", call => StandInHub.FileOf(call) == Weights || call.Path.StartsWith("/hop", StringComparison.Ordinal) ? HubReply.Redirect($"/hop{++hop}") : null);
        Assert.Equal(11, hop);
    }

    [Fact]
    public async Task A_redirect_to_something_that_is_no_address_of_the_web() => await RefusedWithAnOldModelAsync(
        "not safe to follow", call => StandInHub.FileOf(call) == Weights ? HubReply.Redirect("file:///etc/passwd") : null);

    [Fact]
    public async Task A_disk_without_the_room()
    {
        _bench.FreeBytes = _ => 1_000_000;

        string line = await RefusedWithAnOldModelAsync("has 1.0 MB free, and 85.5 MB are needed", _ => null);

        Assert.Contains("DIFFUSIONLSP_MODELS", line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.Staging));
    }

    [Theory]
    [InlineData("../evil.json")]
    [InlineData("/etc/evil.json")]
    [InlineData("C:/evil.json")]
    [InlineData("a\\..\\..\\evil.json")]
    [InlineData("sub/../../evil.json")]
    [InlineData("NUL.json")]
    [InlineData("sub/com1")]
    [InlineData("trailing. ")]
    public async Task A_name_that_leaves_the_folder(string name)
    {
        _bench.Hub.Files[name] = [1];

        await RefusedWithAnOldModelAsync("may leave the model's folder", _ => null);
    }

    [Fact]
    public async Task A_repository_with_pickles_alone()
    {
        _bench.Hub.Files["pytorch_model.bin"] = _bench.Hub.Files[Weights];
        _bench.Hub.Files.Remove(Weights);

        await RefusedWithAnOldModelAsync("only in other forms (pytorch_model.bin)", _ => null);
    }

    [Fact]
    public async Task A_model_that_the_engine_does_not_know_is_refused_before_its_weights_are_loaded()
    {
        _bench.Hub.Files["config.json"] = Encoding.UTF8.GetBytes("""{"model_type": "llada2_moe"}""");

        await _bench.RefusedAsync("test-org/quick-copy cannot be used here: config.json: model_type: 'llada2_moe' is not supported; supported are");

        Assert.DoesNotContain(_bench.Hub.Calls, call => StandInHub.FileOf(call) == Weights);
        Assert.False(Directory.Exists(_bench.Staging));
    }

    [Fact]
    public async Task Weights_that_do_not_fit_the_config()
    {
        string config = Encoding.UTF8.GetString(_bench.Hub.Files["config.json"]);
        _bench.Hub.Files["config.json"] = Encoding.UTF8.GetBytes(config.Replace("\"intermediate_size\": ", "\"intermediate_size\": 1", StringComparison.Ordinal));

        await _bench.RefusedAsync("has the shape");

        Assert.False(Directory.Exists(_bench.Staging));
    }

    [Fact]
    public async Task No_connection()
    {
        using TcpListener nobody = new(System.Net.IPAddress.Loopback, 0);
        nobody.Start();
        int port = ((System.Net.IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        _bench.Settings = _bench.Settings with { Endpoint = new Uri($"http://127.0.0.1:{port}/") };

        string line = await _bench.RefusedAsync("cannot reach 127.0.0.1");

        Assert.Contains("HF_ENDPOINT", line, StringComparison.Ordinal);
        Assert.Contains("models add", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_brings_nothing()
    {
        _bench.Settings = _bench.Settings with { Silence = TimeSpan.FromSeconds(1) };
        using CancellationTokenSource over = new();
        await RefusedWithAnOldModelAsync(
            "breaks off again and again",
            call => Reply(call, reply => reply with { CutAfter = 0, Pause = () => Task.Delay(Timeout.Infinite, over.Token) }));
        await over.CancelAsync();
    }

    [Fact]
    public async Task Offline_without_a_cache()
    {
        _bench.Settings = _bench.Settings with { Access = HubAccess.Offline };

        await _bench.RefusedAsync("HF_HUB_OFFLINE is set");

        Assert.Empty(_bench.Hub.Calls);
    }

    [Theory]
    [InlineData(401, null, "set HF_TOKEN")]
    [InlineData(403, "GatedRepo", "accept its terms")]
    [InlineData(404, "RevisionNotFound", "no such revision")]
    [InlineData(404, null, "check the name and the revision")]
    public async Task Nobody_may_see_it_or_it_is_not_there(int status, string? code, string message) => await _bench.RefusedWithAsync(
        message, _ => new HubReply(status, []) { Headers = code is null ? [] : new Dictionary<string, string> { ["X-Error-Code"] = code } });

    [Fact]
    public async Task An_answer_that_is_no_listing() =>
        await _bench.RefusedWithAsync("cannot be read", _ => new HubReply(200, Encoding.UTF8.GetBytes("<html>Sign in</html>")));

    [Fact]
    public async Task A_commit_that_was_not_asked_for() => await RefusedWithAnOldModelAsync(
        "the hub answers with commit", call => Reply(call, reply => reply with { Headers = new(reply.Headers) { ["X-Repo-Commit"] = new string('9', 40) } }));

    [Theory]
    [InlineData("unknown-name", "no model 'unknown-name' is known")]
    [InlineData("org/repo@../x", "no model 'org/repo@../x' is known")]
    [InlineData("org/..", "no model 'org/..' is known")]
    public async Task What_names_no_repository(string text, string message)
    {
        var (exitCode, _, error) = await _bench.RunAsync("pull", text, "--yes");

        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Empty(_bench.Hub.Calls);
    }

    [Theory]
    [InlineData("quicksilver", "There is a model 'quicksilver' in")]
    [InlineData("../evil", "cannot be a model's name")]
    [InlineData("nul", "cannot be a model's name")]
    public async Task A_name_that_cannot_be_given(string name, string message) => await _bench.RefusedAsync(message, "--name", name);

    private async Task<string> RefusedWithAnOldModelAsync(string message, Func<HubCall, HubReply?> before)
    {
        string old = Directory.CreateDirectory(_bench.Installed).FullName;
        File.WriteAllText(Path.Combine(old, "config.json"), "old");
        string line = await _bench.RefusedWithAsync(message, before);
        Assert.Equal("old", File.ReadAllText(Path.Combine(old, "config.json")));
        Assert.Single(Directory.EnumerateFileSystemEntries(old));
        return line;
    }

    private HubReply? Reply(HubCall call, Func<HubReply, HubReply> change) =>
        StandInHub.FileOf(call) == Weights ? change(_bench.Hub.Content(call)) : null;

    private void AssertKept(string name, bool isKept) => Assert.Equal(isKept, File.Exists(Path.Combine(_bench.Staging, name)));

    private static byte[] Flipped(byte[] body)
    {
        byte[] other = [.. body];
        other[other.Length / 2] ^= 4;
        return other;
    }
}
