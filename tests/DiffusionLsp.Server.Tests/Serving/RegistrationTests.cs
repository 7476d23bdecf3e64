using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>Inline completion is announced at the start, or when the model is ready, and never both.</summary>
public sealed class RegistrationTests
{
    private static readonly object _canBeToldLate =
        new { textDocument = new { inlineCompletion = new { dynamicRegistration = true } } };

    [Fact]
    public async Task A_client_that_can_be_told_late_is_told_when_the_model_is_ready()
    {
        TaskCompletionSource<IInfiller> loading = new();
        await using LspSession session = LspSession.Start(_ => loading.Task.GetAwaiter().GetResult());
        JsonElement result = await session.InitializeAsync(null, _canBeToldLate);
        Assert.False(result.GetProperty("capabilities").TryGetProperty("inlineCompletionProvider", out _));
        await session.StateAsync("loading");
        Assert.Equal(0, session.UnreadRegistrations);

        loading.SetResult(new FakeInfiller("y"));

        Assert.Equal(
            """
            {"registrations":[{"id":"diffusionlsp/inlineCompletion","method":"textDocument/inlineCompletion",
            "registerOptions":{"documentSelector":null}}]}
            """.ReplaceLineEndings(""),
            (await session.RegistrationAsync()).GetRawText());
        await session.OpenAsync("x");
        Assert.Equal("y", await session.TextAsync(0, 1));
        Assert.Equal(0, session.UnreadRegistrations);
    }

    [Fact]
    public async Task Nothing_is_registered_where_the_model_cannot_be_loaded()
    {
        await using LspSession session = LspSession.Start(_ => throw new CheckpointException("no"));
        await session.InitializeAsync(null, _canBeToldLate);
        await session.StateAsync("failed");
        await session.OpenAsync("x");
        Assert.Null(await session.TextAsync(0, 1));
        Assert.Equal(0, session.UnreadRegistrations);
    }

    [Fact]
    public async Task A_client_that_refuses_is_told_what_that_means()
    {
        TaskCompletionSource<IInfiller> loading = new();
        await using LspSession session = LspSession.Start(_ => loading.Task.GetAwaiter().GetResult());
        session.Refusal = new InvalidOperationException("no");
        await session.InitializeAsync(null, _canBeToldLate);
        loading.SetResult(new FakeInfiller("y"));
        await session.LogAsync();
        Assert.Equal(
            "No suggestions: the editor refused to register inline completion.",
            (await session.LogAsync()).GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"textDocument":{"inlineCompletion":{"dynamicRegistration":false}}}""")]
    [InlineData("""{"textDocument":{"inlineCompletion":true}}""")]
    [InlineData("""{"textDocument":null,"general":[],"window":{"workDoneProgress":"yes"}}""")]
    public async Task Any_other_client_is_told_at_the_start(string capabilities)
    {
        await using LspSession session = LspSession.Start(_ => new FakeInfiller("y"));
        JsonElement result = await session.InitializeAsync(null, JsonDocument.Parse(capabilities).RootElement);
        Assert.Equal("{}", result.GetProperty("capabilities").GetProperty("inlineCompletionProvider").GetRawText());
        await session.StateAsync("ready");
        Assert.Equal(0, session.UnreadRegistrations);
    }
}
