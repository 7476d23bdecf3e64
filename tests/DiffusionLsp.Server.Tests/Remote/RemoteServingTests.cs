using System.Diagnostics;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Remote;
using DiffusionLsp.Server.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionLsp.Server.Tests.Remote;

/// <summary>A language server whose infills come from a serving engine: what is answered, what the status says, what is sent.</summary>
public sealed class RemoteServingTests : IDisposable
{
    private static readonly string[] _ignore = ["generated/"];

    private readonly FakeTimeProvider _time = new();
    private readonly StandInEngine _engine = new(_ => EngineReply.Stream("a", " + b"));

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task A_suggestion_comes_from_the_engine_and_the_status_names_it()
    {
        await using LspSession session = LspSession.Start(Load);
        await session.InitializeAsync(new { engineUrl = _engine.Url, timeBudgetMs = 10_000 });
        await session.OpenAsync("x = \n");
        JsonElement status = await session.StateAsync("ready");
        Assert.Equal($"{_engine.Url}/v1/completions", status.GetProperty("engine").GetString());
        Assert.False(status.TryGetProperty("leavesMachine", out _));

        Assert.Equal("a + b", await session.TextAsync(0, 4));
        Assert.Equal("x = ", Assert.Single(_engine.Calls).Text("prompt"));
    }

    [Fact]
    public async Task An_address_that_was_not_confirmed_is_a_failure_that_says_so_and_nothing_is_sent()
    {
        await using LspSession session = LspSession.Start(Load);
        await session.InitializeAsync(new { engineUrl = "https://engine.example" });
        JsonElement status = await session.StateAsync("failed");
        Assert.Contains("set engineConfirmed to exactly this address", status.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_confirmed_engine_elsewhere_is_shown_as_one_to_which_text_goes()
    {
        await using LspSession session = LspSession.Start(Load);
        await session.InitializeAsync(new { engineUrl = "https://engine.example", engineConfirmed = "https://engine.example" });
        JsonElement status = await session.StateAsync("ready");
        Assert.True(status.GetProperty("leavesMachine").GetBoolean());
        Assert.Equal("https://engine.example/v1/completions", status.GetProperty("engine").GetString());
        Assert.Contains("on another machine: the text around the cursor goes there", (await session.LogAsync()).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///w/.env")]
    [InlineData("file:///w/generated/a.py")]
    public async Task A_secret_or_ignored_document_goes_to_no_engine(string uri)
    {
        await using LspSession session = await ReadyAsync("x = \n", new { engineUrl = _engine.Url, ignore = _ignore });
        await session.OpenAsync("KEY=\n", uri);

        Assert.Null(await session.TextAsync(0, 4, uri, triggerKind: 1));
        Assert.Equal("a + b", await session.TextAsync(0, 4));

        Assert.DoesNotContain(_engine.Calls, call => call.Body.GetRawText().Contains("KEY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_is_null_and_one_reason_in_the_status_however_often_it_is_asked_for()
    {
        _engine.Answer = _ => EngineReply.Whole("", 503);
        await using LspSession session = await ReadyAsync("x = \n");
        string expected = $"{_engine.Url}/v1/completions fails (503): see its log.";

        for (int i = 0; i < 5; i++)
        {
            Assert.Null(await session.TextAsync(0, 4));
        }

        JsonElement status = await session.StatusAsync(status => status.TryGetProperty("message", out _));
        Assert.Equal(("ready", expected), (status.GetProperty("state").GetString(), status.GetProperty("message").GetString()));
        Assert.Single(_engine.Calls);
        Assert.False(session.HasUnreadMessages);
        await session.StatusAsync(now => now.TryGetProperty("documents", out JsonElement documents)
            && documents.GetProperty(LspSession.Uri).GetString() == "the serving engine gave no answer (setting engineUrl)");

        _engine.Answer = _ => EngineReply.Stream("c");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("c", await session.TextAsync(0, 4));
        await session.StatusAsync(now => !now.TryGetProperty("message", out _) && !now.TryGetProperty("documents", out _));
    }

    [Fact]
    public async Task A_stall_keeps_the_budget_and_the_reason_follows()
    {
        _engine.Answer = _ => EngineReply.Stream("a", "b") with { Before = i => i == 1 ? _engine.ForEver() : Task.CompletedTask };
        await using LspSession session = await ReadyAsync("x = \n", new { engineUrl = _engine.Url, timeBudgetMs = 20 });
        var clock = Stopwatch.StartNew();

        Assert.Null(await session.TextAsync(0, 4));

        // Five times the budget, and whatever a busy machine adds; the engine is waited for much longer.
        Assert.InRange(clock.ElapsedMilliseconds, 90, 1900);
        JsonElement status = await session.StatusAsync(status => status.TryGetProperty("message", out _));
        Assert.Contains("gave no answer within 2 s", status.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_request_takes_the_older_one_back_from_the_engine()
    {
        TaskCompletionSource isAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Answer = _ =>
        {
            isAsked.TrySetResult();
            return EngineReply.Stream("a", "b") with { Before = i => i == 1 ? _engine.ForEver() : Task.CompletedTask };
        };
        await using LspSession session = await ReadyAsync("x = \ny = \n");
        Task<JsonElement?> first = session.CompleteAsync(0, 4);
        await isAsked.Task.Soon();
        _engine.Answer = _ => EngineReply.Stream("new");

        Assert.Equal("new", await session.TextAsync(1, 4));
        Assert.Null(await first.Soon());
        await _engine.Left.Task.Soon();
    }

    [Fact]
    public async Task Who_asks_by_a_command_again_gets_the_engines_alternatives()
    {
        _engine.Answer = call => call.Body.TryGetProperty("n", out _)
            ? new EngineReply(200, ["""data: {"choices":[{"index":0,"text":"c","finish_reason":"stop"},{"index":1,"text":"d","finish_reason":"stop"}]}"""])
            : EngineReply.Stream("a + b");
        await using LspSession session = await ReadyAsync("x = \n");
        Assert.Equal("a + b", await session.TextAsync(0, 4));

        JsonElement? answer = await session.CompleteAsync(0, 4, triggerKind: 1).Soon();

        Assert.Equal(["a + b", "c", "d"], answer!.Value.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("insertText").GetString()!));
        Assert.Equal(2, _engine.Calls.Count);
    }

    [Fact]
    public async Task The_built_server_asks_the_engine_of_its_command_line_with_the_key_of_its_environment_and_logs_neither()
    {
        string folder = Directory.CreateTempSubdirectory("engine-").FullName;
        Task<string> log;
        await using (ServedExecutable server = await ServedExecutable.ReadyAsync(folder, "--engine", _engine.Url))
        {
            log = server.Log;
            Assert.Empty(OperatingSystem.IsLinux() ? NetworkSockets.Of(server.ProcessId) : []);
            Assert.Equal("a + b", await server.CompleteAsync());
            Assert.False(Directory.EnumerateFiles(folder, "*.pid", SearchOption.AllDirectories).Any(), "A model was loaded all the same.");
        }

        string written = await log.Soon();
        Assert.DoesNotContain("first + second", written, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("", 0, "a + b", "")]
    [InlineData("secret", 2, "", "may hold secrets")]
    [InlineData("elsewhere", 2, "", "--engine-confirmed")]
    public async Task The_command_line_fills_a_gap_by_an_engine(string matter, int exitCode, string output, string error)
    {
        string folder = Directory.CreateTempSubdirectory("engine-").FullName;
        string file = Path.Combine(folder, matter == "secret" ? ".env.py" : "a.py");
        await File.WriteAllTextAsync(file, "x = \n", TestContext.Current.CancellationToken);
        string url = matter == "elsewhere" ? "https://engine.example" : _engine.Url;

        using Process process = Executable.Start(
            ["infill", $"{file}:1:5", "--engine", url], new Dictionary<string, string> { [RemoteKey.Variable] = "sesame-1234" });
        string written = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();

        Assert.Equal((exitCode, output), (process.ExitCode, written));
        Assert.Contains(error, said, StringComparison.Ordinal);
        Assert.All(_engine.Calls, call => Assert.Equal("Bearer sesame-1234", call.Header("Authorization")));
        Directory.Delete(folder, recursive: true);
    }

    private async Task<LspSession> ReadyAsync(string text, object? options = null)
    {
        LspSession session = LspSession.Start(Load);
        await session.InitializeAsync(options ?? new { engineUrl = _engine.Url, timeBudgetMs = 10_000 });
        await session.OpenAsync(text);
        await session.StateAsync("ready");
        return session;
    }

    private IInfiller Load(ModelChoice choice) =>
        new HttpInfiller(choice.Engine!, _ => null, new RemoteLimits { Silence = TimeSpan.FromSeconds(2) }, _time);
}
