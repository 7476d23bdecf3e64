using System.Collections.Concurrent;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Tests.Support;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>From initialize to exit: what is answered when, and how it ends.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task Initialize_is_answered_before_the_model_is_loaded()
    {
        TaskCompletionSource<IInfiller> loading = new();
        await using LspSession session = LspSession.Start(_ => loading.Task.GetAwaiter().GetResult());

        JsonElement result = await session.InitializeAsync().Soon();

        Assert.Equal("diffusionlsp", result.GetProperty("serverInfo").GetProperty("name").GetString());
        Assert.Equal(
            """
            {"positionEncoding":"utf-16","textDocumentSync":{"openClose":true,"change":2},
            "codeActionProvider":{"codeActionKinds":["quickfix.diffusionlsp","refactor.rewrite.diffusionlsp.fill",
            "refactor.rewrite.diffusionlsp.regenerate","refactor.rewrite.diffusionlsp.comment"],"resolveProvider":true},
            "executeCommandProvider":{"commands":["diffusionlsp.restart","diffusionlsp.requests","diffusionlsp.edit","diffusionlsp.figures","diffusionlsp.models","diffusionlsp.models.pull","diffusionlsp.models.verify","diffusionlsp.models.remove"]},
            "notebookDocumentSync":{"notebookSelector":[{"notebook":"*"}],"save":true},
            "workspace":{"workspaceFolders":{"supported":true,"changeNotifications":true}},"inlineCompletionProvider":{}}
            """.ReplaceLineEndings(""),
            result.GetProperty("capabilities").GetRawText());
        await session.StateAsync("loading");
        await session.OpenAsync("x");
        Assert.Null(await session.TextAsync(0, 1));

        loading.SetResult(new FakeInfiller("y"));
        JsonElement ready = await session.StateAsync("ready");
        Assert.Equal("fake", ready.GetProperty("model").GetString());
        Assert.Equal("cpu", ready.GetProperty("device").GetString());
        Assert.Equal("y", await session.TextAsync(0, 1));
        JsonElement after = await session.StateAsync("ready");
        Assert.Equal(12.5, after.GetProperty("lastMs").GetDouble());
        Assert.Equal(2.5, after.GetProperty("tokensPerForward").GetDouble());
        Assert.Contains("fake is loaded", (await session.LogAsync()).GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_command_waits_for_the_model_where_typing_does_not()
    {
        TaskCompletionSource<IInfiller> loading = new();
        await using LspSession session = LspSession.Start(_ => loading.Task.GetAwaiter().GetResult());
        await session.InitializeAsync();
        await session.OpenAsync("x");
        Task<string?> invoked = session.TextAsync(0, 1, triggerKind: 1);
        Assert.Null(await session.TextAsync(0, 1));

        loading.SetResult(new FakeInfiller("y"));

        Assert.Equal("y", await invoked);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_is_reported_once_and_requests_get_nothing()
    {
        TaskCompletionSource<IInfiller> loading = new();
        await using LspSession session = LspSession.Start(_ => loading.Task.GetAwaiter().GetResult());
        await session.InitializeAsync();
        await session.OpenAsync("x");
        Task<string?> waiting = session.TextAsync(0, 1, triggerKind: 1);
        await session.StateAsync("loading");

        loading.SetException(new CheckpointException("There is no model here:\ntry another."));

        JsonElement failed = await session.StateAsync("failed");
        Assert.Equal("There is no model here: try another.", failed.GetProperty("message").GetString());
        JsonElement log = await session.LogAsync();
        Assert.Equal(1, log.GetProperty("type").GetInt32());
        Assert.Contains("There is no model here: try another.", log.GetProperty("message").GetString());
        Assert.Null(await waiting);
        Assert.Null(await session.TextAsync(0, 1));
        Assert.Null(await session.TextAsync(0, 1, triggerKind: 1));
    }

    [Theory]
    [InlineData(null, null, "editor", "cpu", "editor", "cpu")]
    [InlineData("mine", "cuda", "editor", "cpu", "mine", "cuda")]
    [InlineData(null, "cuda", null, null, null, "cuda")]
    public async Task The_command_line_has_the_last_word_on_what_is_loaded(
        string? model, string? device, string? editorModel, string? editorDevice, string? expectedModel, string? expectedDevice)
    {
        TaskCompletionSource<ModelChoice> asked = new();
        await using LspSession session = LspSession.Start(
            choice =>
            {
                asked.SetResult(choice);
                return new FakeInfiller("");
            },
            new ModelChoice(model, device));

        await session.InitializeAsync(new { model = editorModel, device = editorDevice, unknown = 1 });

        ModelChoice loaded = await asked.Task.Soon();
        Assert.Equal((expectedModel, expectedDevice), (loaded.Model, loaded.Device));
    }

    [Fact]
    public async Task Requests_out_of_turn_are_refused_with_the_protocols_codes()
    {
        await using LspSession session = LspSession.Start(_ => new FakeInfiller(""));
        Assert.Equal(-32002, await ErrorAsync(() => session.CompleteAsync(0, 0)));
        Assert.Equal(-32002, await ErrorAsync(() => session.Client.InvokeAsync("shutdown")));
        await session.OpenAsync("dropped, and not fatal");

        await session.InitializeAsync();
        Assert.Equal(-32600, await ErrorAsync(() => session.InitializeAsync()));
        Assert.Equal(-32601, await ErrorAsync(() => session.Client.InvokeAsync("workspace/unheardOf")));
        Assert.Null(await session.TextAsync(0, 0));

        await session.Client.InvokeAsync("shutdown");
        Assert.Equal(-32600, await ErrorAsync(() => session.CompleteAsync(0, 0)));
        await session.Client.NotifyAsync("exit");
        Assert.Equal(0, await session.ClosedAsync());
    }

    [Fact]
    public async Task Malformed_parameters_of_a_request_are_refused_and_the_connection_stays()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        Assert.Equal(
            -32602,
            await ErrorAsync(() => session.Client.InvokeWithParameterObjectAsync<JsonElement?>(
                "textDocument/inlineCompletion", new { textDocument = new { uri = LspSession.Uri } })));
        Assert.Equal("z", await session.TextAsync(0, 0));
    }

    [Fact]
    public async Task Notifications_that_mean_nothing_to_the_server_are_passed_over()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        await session.Client.NotifyWithParameterObjectAsync("$/setTrace", new { value = "verbose" });
        await session.Client.NotifyWithParameterObjectAsync(
            "textDocument/didSave", new { textDocument = new { uri = LspSession.Uri } });
        await session.Client.NotifyWithParameterObjectAsync("$/cancelRequest", new { id = 4711 });
        await session.Client.NotifyWithParameterObjectAsync("workspace/didUnheardOf", new { });
        Assert.Equal("z", await session.TextAsync(0, 0));
    }

    [Fact]
    public async Task Exit_without_shutdown_and_a_client_that_vanishes_give_exit_code_1()
    {
        LspSession exits = await LspSession.ReadyAsync(new FakeInfiller(""));
        await exits.Client.NotifyAsync("exit");
        Assert.Equal(1, await exits.ClosedAsync());
        await exits.DisposeAsync();

        FakeInfiller infiller = new("");
        LspSession vanishes = await LspSession.ReadyAsync(infiller);
        HeldInfill held = infiller.HoldNext();
        _ = vanishes.CompleteAsync(0, 0);
        await held.Begun.Soon();
        vanishes.Client.Dispose();
        Assert.Equal(1, await vanishes.ClosedAsync());
        await held.Stopped.Soon();
        await infiller.Disposed.Soon();
    }

    [Fact]
    public async Task The_server_ends_when_the_clients_process_does()
    {
        TaskCompletionSource died = new();
        TaskCompletionSource<int> watched = new();
        (Stream client, Stream server) = Nerdbank.Streams.FullDuplexStream.CreatePair();
        LanguageServerHost host = new(
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
            _ => new FakeInfiller(""),
            new ModelChoice(null, null))
        {
            ClientExit = (process, token) =>
            {
                watched.SetResult(process);
                return died.Task.WaitAsync(token);
            },
        };
        Task<int> exitCode = host.RunAsync(server, server, CancellationToken.None);
        RawClient raw = new(client, client);
        await raw.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":99,"capabilities":{}}}""");
        Assert.Equal(99, await watched.Task.Soon());
        Assert.False(exitCode.IsCompleted);

        died.SetResult();

        Assert.Equal(1, await exitCode.Soon());
    }

    private static async Task<int> ErrorAsync(Func<Task> request)
    {
        RemoteRpcException error = await Assert.ThrowsAnyAsync<RemoteRpcException>(
            () => request().Soon());
        return (int)error.ErrorCode!;
    }

    [Fact]
    public async Task A_client_with_commands_of_its_own_is_told_of_none()
    {
        await using LspSession session = LspSession.Start(_ => new FakeInfiller("y"));

        JsonElement result = await session.InitializeAsync(new { announceCommands = false }).Soon();

        Assert.False(result.GetProperty("capabilities").TryGetProperty("executeCommandProvider", out _));
    }

    [Fact]
    public async Task The_command_restart_loads_an_engine_that_had_failed_and_asks_for_a_fresh_one()
    {
        ConcurrentQueue<ModelChoice> loaded = new();
        await using LspSession session = LspSession.Start(choice =>
        {
            loaded.Enqueue(choice);
            return loaded.Count == 1 ? throw new EngineException("Not yet.") : new FakeInfiller("y");
        });
        await session.InitializeAsync();
        await session.StateAsync("failed");

        await session.Client.InvokeWithParameterObjectAsync<JsonElement?>(
            "workspace/executeCommand", new { command = "diffusionlsp.restart" }, TestContext.Current.CancellationToken);
        await session.StateAsync("ready");
        await session.OpenAsync("x");

        Assert.Equal("y", await session.TextAsync(0, 1));
        Assert.Equal([false, true], loaded.Select(choice => choice.IsFresh));
    }

    [Fact]
    public async Task An_unknown_command_is_an_error()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("y"));

        RemoteRpcException refused = await Assert.ThrowsAnyAsync<RemoteRpcException>(() =>
            session.Client.InvokeWithParameterObjectAsync<JsonElement?>(
                "workspace/executeCommand", new { command = "no.such" }, TestContext.Current.CancellationToken));

        Assert.Contains("no.such", refused.Message);
    }
}
