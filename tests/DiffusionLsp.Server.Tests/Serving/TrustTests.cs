using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>Secret and ignored documents over the protocol, and why nothing was shown in a document.</summary>
public sealed class TrustTests
{
    private const int Invoked = 1;
    private const int Automatic = 2;
    private const string Secret = "file:///w/.env.py";

    private static readonly string[] _ignore = ["**/generated/**"];
    private static readonly string[] _everyPython = ["*.py"];

    [Theory]
    [InlineData(Secret, Automatic)]
    [InlineData(Secret, Invoked)]
    [InlineData("file:///w/generated/a.py", Automatic)]
    [InlineData("file:///w/generated/a.py", Invoked)]
    [InlineData("vscode-notebook-cell:/w/secrets/a.ipynb#W0", Automatic)]
    public async Task A_secret_or_ignored_document_gets_nothing_whoever_asks(string uri, int triggerKind)
    {
        FakeInfiller infiller = new("y");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x", new { ignore = _ignore });
        await session.OpenAsync("x", uri);

        Assert.Null(await session.TextAsync(0, 1, uri, triggerKind));

        Assert.Empty(infiller.Requests);
        JsonElement entry = (await RequestsAsync(session))[0];
        Assert.Equal("ignored", entry.GetProperty("outcome").GetString());
        Assert.Contains("its name matches", entry.GetProperty("reason").GetString());
        Assert.Equal(entry.GetProperty("reason").GetString(), await ReasonAsync(session, uri));
        Assert.Equal("y", await session.TextAsync(0, 1));
    }

    [Fact]
    public async Task An_edit_in_a_secret_document_begins_nothing()
    {
        FakeInfiller infiller = new("b()");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "a\n");
        Assert.Equal("b()", await session.TextAsync(0, 1));
        await session.ConfigureAsync(new { ignore = _ignore, secretFiles = _everyPython });

        await session.ChangeAsync(2, 0, 1, "b()");
        Assert.Null(await session.TextAsync(0, 4));

        Assert.Single(infiller.Requests);
    }

    [Fact]
    public async Task The_text_of_a_secret_or_ignored_document_is_in_nobodys_context()
    {
        FakeInfiller infiller = new("y");
        await using LspSession session = await LspSession.ReadyAsync(
            infiller, "def save(path):\n    return ", new { ignore = _ignore });
        await session.OpenAsync("def save(path, secret):\n    return secret\n", Secret);
        await session.OpenAsync("def save(path, built):\n    return built\n", "file:///w/generated/b.py");
        await session.OpenAsync("def load(path):\n    return open(path)\n", "file:///w/c.py");

        await session.TextAsync(1, 11);
        await session.ConfigureAsync(new { secretFiles = Array.Empty<string>(), ignore = Array.Empty<string>() });
        await session.ChangeAsync(2, 1, 11, "z");
        await session.TextAsync(1, 12);

        InfillRequest[] requests = [.. infiller.Requests];
        Assert.Equal("def load(path):\n    return open(path)\n\n", requests[0].Related);
        Assert.Contains("secret", requests[1].Related);
        Assert.Contains("built", requests[1].Related);
    }

    [Fact]
    public async Task The_status_says_why_nothing_was_shown_until_something_is()
    {
        FakeInfiller infiller = new("y") { Likelihood = 0.4 };
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x", new { confidenceFloor = 0.5 });

        Assert.Null(await session.TextAsync(0, 1));
        Assert.Equal("the model was not sure enough (setting confidenceFloor)", await ReasonAsync(session, LspSession.Uri));

        Assert.Equal("y", await session.TextAsync(0, 1, triggerKind: Invoked));
        await session.StatusAsync(status => !status.TryGetProperty("documents", out _));
    }

    [Fact]
    public async Task Suggestions_by_hand_are_told_of_as_well()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("y"), "x", new { trigger = "manual" });

        Assert.Null(await session.TextAsync(0, 1));

        Assert.StartsWith("suggestions are off", await ReasonAsync(session, LspSession.Uri), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_language_that_the_model_does_not_know_is_told_of_by_document_too()
    {
        FakeInfiller infiller = new("y")
        {
            Model = new ModelDescription("fake", "/models/fake", "script", "cpu", "fp32", 1_500_000, 256) { Languages = ["python"] },
        };
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x");
        await session.OpenAsync("x", "file:///w/a.rs", languageId: "rust");

        Assert.Null(await session.TextAsync(0, 1, "file:///w/a.rs"));

        Assert.Equal("the model was not trained on this language", await ReasonAsync(session, "file:///w/a.rs"));
    }

    [Fact]
    public async Task While_the_model_loads_and_where_it_cannot_be_loaded_the_status_says_so()
    {
        TaskCompletionSource<IInfiller> loading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using LspSession session = LspSession.Start(_ => loading.Task.GetAwaiter().GetResult());
        await session.InitializeAsync();
        await session.OpenAsync("x");

        Assert.Null(await session.TextAsync(0, 1));
        Assert.Equal("the model is still being loaded", await ReasonAsync(session, LspSession.Uri));
        loading.SetException(new EngineException("There is no model."));
        await session.StateAsync("failed");
        Assert.Null(await session.TextAsync(0, 1));
        await session.StatusAsync(status => Reason(status, LspSession.Uri) == "the model could not be loaded");
    }

    [Fact]
    public async Task A_slip_in_a_list_of_globs_is_told_once_logged_and_told_again_when_it_comes_back()
    {
        string[] withSlip = ["*.txt", "a/../b"];
        await using LspSession session = await LspSession.ReadyAsync(
            new FakeInfiller("y"), "x", new { secretFiles = withSlip });

        string? warning = await session.WarningAsync();
        Assert.Contains("secretFiles", warning);
        Assert.Contains("\"a/../b\" goes up a folder", warning);
        Assert.Contains(warning, session.UnreadLogs());

        await session.ConfigureAsync(new { secretFiles = withSlip, maxTokens = 7 });
        await session.ConfigureAsync(new { secretFiles = _everyPython });
        await session.TextAsync(0, 1);
        Assert.False(session.HasUnreadMessages);

        await session.ConfigureAsync(new { secretFiles = withSlip });
        Assert.Equal(warning, await session.WarningAsync());
    }

    private static async Task<string?> ReasonAsync(LspSession session, string uri) =>
        Reason(await session.StatusAsync(status => Reason(status, uri) is not null), uri);

    private static string? Reason(JsonElement status, string uri) =>
        status.TryGetProperty("documents", out JsonElement documents) && documents.TryGetProperty(uri, out JsonElement reason)
            ? reason.GetString() : null;

    private static Task<JsonElement> RequestsAsync(LspSession session) =>
        session.Client.InvokeWithParameterObjectAsync<JsonElement>(
            "workspace/executeCommand", new { command = "diffusionlsp.requests" }, TestContext.Current.CancellationToken);
}
