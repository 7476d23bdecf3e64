using System.Diagnostics;
using System.Text.Json.Nodes;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>
/// Models from an editor: the built server pulls, checks and removes them in processes of their own, and holds no network
/// socket itself.
/// </summary>
public sealed class EditorModelsTests : IAsyncDisposable
{
    private const string Weights = "model.safetensors";

    private readonly HubBench _bench = new();
    private readonly Process _server;
    private readonly RawClient _client;
    private readonly Task<string> _log;

    public EditorModelsTests()
    {
        _server = Executable.Start(["serve", "--model", "no-such-model"], _bench.Environment);
        _log = _server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _client = new RawClient(_server.StandardInput.BaseStream, _server.StandardOutput.BaseStream);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_server.HasExited)
        {
            await _client.SendAsync("""{"jsonrpc":"2.0","method":"exit"}""");
            await _server.WaitForExitAsync(CancellationToken.None).Soon();
        }

        await _log;
        _server.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task The_list_holds_what_is_here_and_what_is_known_with_what_fits()
    {
        await InitializeAsync();

        JsonNode report = (await ResultAsync(2, "diffusionlsp.models", null))!;

        Assert.Equal(_bench.StoreFolder, (string?)report["folder"]);
        JsonNode known = report["models"]!.AsArray().Single(model => (string?)model!["name"] == "dreamon-7b")!;
        Assert.Equal(("known", "supported"), ((string?)known["state"], (string?)known["support"]));
        Assert.Contains((string?)known["fit"], (string[])["fits", "fitsWhenFree", "tooLarge"]);
        Assert.All(report["models"]!.AsArray(), model => Assert.Equal(
            (string?)model!["licence"] is not ("MIT" or "Apache-2.0"), (bool?)model["licenceMustBeAccepted"]));
        Assert.Contains(report["models"]!.AsArray(), model => (bool?)model!["licenceMustBeAccepted"] == true);
        Assert.False((bool?)known["licenceMustBeAccepted"]);
    }

    [Fact]
    public async Task A_pull_shows_its_progress_and_the_server_opens_no_connection()
    {
        await InitializeAsync();
        TaskCompletionSource mayGoOn = new();
        _bench.Hub.Before = call => StandInHub.FileOf(call) == Weights ? _bench.Hub.Content(call) with { Pause = () => mayGoOn.Task } : null;
        await RunAsync(2, "diffusionlsp.models.pull", new { model = HubBench.Repository, name = "mine" });
        JsonObject begin = await ProgressAsync("begin", _ => true);
        Assert.True((bool)begin["params"]!["value"]!["cancellable"]!);
        await ProgressAsync("report", value => (int?)value["percentage"] is > 0 and < 100);
        if (OperatingSystem.IsLinux())
        {
            Assert.Empty(NetworkSockets.Of(_server.Id));
        }

        mayGoOn.SetResult();
        JsonObject end = await ProgressAsync("end", _ => true);
        JsonNode result = (await _client.AnswerAsync(2))["result"]!;

        Assert.Equal($"{HubBench.Repository} is installed", (string?)end["params"]!["value"]!["message"]);
        Assert.Equal(("installed", "mine", StandInHub.Commit), ((string?)result["event"], (string?)result["name"], (string?)result["revision"]));
        Assert.True(File.Exists(Path.Combine(_bench.StoreFolder, "mine", Weights)));
        Assert.Equal(4, (int?)(await ResultAsync(3, "diffusionlsp.models.verify", "mine"))!["files"]);
        Assert.Equal("removed", (string?)(await ResultAsync(4, "diffusionlsp.models.remove", "mine"))!["event"]);
        Assert.False(Directory.Exists(Path.Combine(_bench.StoreFolder, "mine")));
    }

    [Fact]
    public async Task A_cancelled_pull_ends_its_process_and_keeps_what_has_come()
    {
        await InitializeAsync();
        await HoldAsync();
        string token = (string)(await ProgressAsync("report", value => (int?)value["percentage"] > 0))["params"]!["token"]!;

        await _client.SendAsync(new { jsonrpc = "2.0", method = "window/workDoneProgress/cancel", @params = new { token } });

        await ProgressAsync("end", _ => true);
        Assert.Equal(-32800, (int?)(await _client.AnswerAsync(2))["error"]!["code"]);
        Assert.True(new FileInfo(Path.Combine(_bench.Staging, Weights + ".partial")).Length > 0);
        Assert.False(Directory.Exists(_bench.Installed));
        using IDisposable isFree = await _bench.Store().LockAsync(HubBench.Name, () => { }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_server_that_leaves_takes_its_pull_along()
    {
        await InitializeAsync();
        await HoldAsync();
        await ProgressAsync("report", value => (int?)value["percentage"] > 0);

        await _client.SendAsync("""{"jsonrpc":"2.0","id":9,"method":"shutdown"}""");
        await _client.AnswerAsync(9);
        await _client.SendAsync("""{"jsonrpc":"2.0","method":"exit"}""");
        await _server.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();

        Assert.Equal(0, _server.ExitCode);
        using IDisposable isFree = await _bench.Store().LockAsync(HubBench.Name, () => { }, TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists(_bench.Installed));
    }

    [Theory]
    [InlineData("diffusionlsp.models.pull", "no-such-name", -32803, "no model 'no-such-name' is known")]
    [InlineData("diffusionlsp.models.verify", "no-such-name", -32803, "There is no model 'no-such-name' here")]
    [InlineData("diffusionlsp.models.remove", "quicksilver", -32803, "and is not removed")]
    [InlineData("diffusionlsp.models.pull", "--help", -32602, "takes a model's name")]
    [InlineData("diffusionlsp.models.verify", "", -32602, "takes a model's name")]
    public async Task What_cannot_be_done_is_an_error_with_the_line_for_the_user(string command, string model, int code, string message)
    {
        await InitializeAsync();
        await RunAsync(2, command, model);

        JsonNode error = (await _client.AnswerAsync(2))["error"]!;

        Assert.Equal(code, (int?)error["code"]);
        Assert.Contains(message, (string?)error["message"], StringComparison.Ordinal);
    }

    private async Task HoldAsync()
    {
        _bench.Hub.Before = call => StandInHub.FileOf(call) == Weights
            ? _bench.Hub.Content(call) with { Pause = () => Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken) }
            : null;
        await RunAsync(2, "diffusionlsp.models.pull", HubBench.Repository);
    }

    private async Task InitializeAsync()
    {
        await _client.SendAsync("""
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{"window":{"workDoneProgress":true}}}}
            """);
        await _client.AnswerAsync(1);
    }

    private Task RunAsync(int id, string command, object? argument) => _client.SendAsync(new
    {
        jsonrpc = "2.0",
        id,
        method = "workspace/executeCommand",
        @params = new { command, arguments = argument is null ? [] : new[] { argument } },
    });

    private async Task<JsonNode?> ResultAsync(int id, string command, object? argument)
    {
        await RunAsync(id, command, argument);
        JsonObject answer = await _client.AnswerAsync(id);
        Assert.True(answer.ContainsKey("result"), answer.ToJsonString());
        return answer["result"];
    }

    private Task<JsonObject> ProgressAsync(string kind, Func<JsonNode, bool> isMeant) => _client.NotificationAsync(
        "$/progress",
        progress => ((string?)progress["token"])!.StartsWith("diffusionlsp/models/", StringComparison.Ordinal)
            && (string?)progress["value"]!["kind"] == kind && isMeant(progress["value"]!));
}
