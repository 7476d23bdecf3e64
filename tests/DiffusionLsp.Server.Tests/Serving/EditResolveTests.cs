using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>What becomes of a code action that the user chose.</summary>
public sealed class EditResolveTests
{
    private const string Text = "x = old\nprint(x)\n";

    private static readonly object _old = LspSession.Range(0, 4, 0, 7);

    [Fact]
    public async Task The_selection_is_masked_and_what_the_model_writes_replaces_it()
    {
        FakeInfiller infiller = new("new") { Model = Model with { MillisecondsPerForward = 200 } };
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);

        JsonElement resolved = await session.ResolveAsync((await session.ActionsAsync(_old))[0]).Soon();

        Assert.Equal("x = new\nprint(x)\n", EditSession.After(Text, resolved.GetProperty("edit")));
        Assert.Equal("Regenerate selection", resolved.GetProperty("title").GetString());
        Assert.Equal("refactor.rewrite.diffusionlsp.regenerate", resolved.GetProperty("kind").GetString());
        Assert.Equal([(0, 0), (0.7, 1), (0.7, 2)], infiller.Requests.Select(request => (request.Temperature, request.Seed)));
        Assert.Equal([[], ["new"], ["new", "new"]], infiller.Requests.Select(request => request.Offered));
        Assert.All(infiller.Requests, request =>
        {
            Assert.Equal(("x = ", "\nprint(x)\n"), (request.Prefix, request.Suffix));
            Assert.Equal((null, 12), (request.MaxTokens, request.MaxForwards));
        });
    }

    [Theory]
    [InlineData(96, null)]
    [InlineData(98, 49)]
    [InlineData(600, 256)]
    public async Task How_much_is_written_follows_how_much_is_masked(int length, int? tokens)
    {
        FakeInfiller infiller = new("z");
        await using EditSession session = await EditSession.ReadyAsync(infiller, new string('a', length));
        await session.NewTextAsync((await session.ActionsAsync(LspSession.Range(0, 0, 0, length)))[0]);
        Assert.Equal(tokens, infiller.Requests.First().MaxTokens);
    }

    [Theory]
    [InlineData("python", "    x = a\n    y = b\n", "  handle an\n empty  list ", "    # handle an empty list\n    ")]
    [InlineData("csharp", "    x = a;\r\n    y = b;\r\n", "use y", "    // use y\n    ")]
    [InlineData("python", "    x = a\n", " \n", "    ")]
    public async Task What_the_user_says_is_to_be_done_is_a_comment_above_the_range_for_the_model_alone(
        string languageId, string text, string instruction, string prefix)
    {
        FakeInfiller infiller = new("z = c") { Model = Model with { FollowsInstructions = true } };
        await using EditSession session = await EditSession.ReadyAsync(infiller, text, languageId: languageId);
        JsonElement action = (await session.ActionsAsync(LspSession.Range(0, 4, 0, 9)))[0];

        JsonElement resolved = await session.ResolveAsync(Instructed(action, instruction)).Soon();

        Assert.Equal("    z = c" + text[9..], EditSession.After(text, resolved.GetProperty("edit")));
        Assert.All(infiller.Requests, request => Assert.Equal(prefix, request.Prefix));
        Assert.All(infiller.Requests, request => Assert.Equal(text[9..].ReplaceLineEndings("\n"), request.Suffix));
    }

    [Fact]
    public async Task An_instruction_begins_nothing_where_the_model_follows_none()
    {
        FakeInfiller infiller = new("new");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        JsonElement action = (await session.ActionsAsync(_old))[0];

        Assert.Null(await session.NewTextAsync(Instructed(action, "shorter")));

        Assert.Equal("No edit: the model fake does not follow instructions.", await session.Lsp.MessageAsync());
        Assert.Empty(infiller.Requests);
        await Assert.ThrowsAnyAsync<RemoteRpcException>(() => session.ResolveAsync(Instructed(action, new string('a', 1_001))).Soon());
    }

    [Fact]
    public async Task The_likeliest_alternative_comes_first_and_the_others_cost_nothing_more()
    {
        FakeInfiller infiller = new(request => $"v{request.Seed}") { LikelihoodOf = request => request.Seed == 2 ? 0.9 : 0.5 - (0.1 * request.Seed) };
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        JsonElement[] actions = await session.ActionsAsync(_old);

        Assert.Equal("v1", await session.NewTextAsync(actions[2]));
        Assert.Equal("v2", await session.NewTextAsync(actions[0]));
        Assert.Equal("v0", await session.NewTextAsync(actions[1]));
        JsonElement data = (await session.ResolveAsync(actions[0]).Soon()).GetProperty("data");
        Assert.Equal(0.9, data.GetProperty("likelihood").GetDouble());
        Assert.Equal(3, infiller.Requests.Count);

        await session.Lsp.ChangeAsync(2, 1, 0, "#");
        Assert.Equal("v2", await session.NewTextAsync((await session.ActionsAsync(_old))[0]));
        Assert.Equal(6, infiller.Requests.Count);
    }

    [Fact]
    public async Task Alternatives_that_are_the_same_count_once_and_a_missing_one_is_said_to_be()
    {
        FakeInfiller infiller = new(request => request.Seed == 2 ? "" : "same");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        JsonElement[] actions = await session.ActionsAsync(_old);

        Assert.Equal("same", await session.NewTextAsync(actions[0]));
        Assert.Null(await session.NewTextAsync(actions[1]));
        Assert.Equal("No edit: the model has no further alternative here.", await session.Lsp.MessageAsync());
    }

    [Theory]
    [InlineData("", "No edit: the model has nothing to put here.")]
    [InlineData(" \n", "No edit: the model has nothing to put here.")]
    [InlineData("old", "No edit: the model writes the same again.")]
    public async Task An_infill_that_is_no_edit_is_said_to_be_none(string middle, string message)
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller(middle), Text);
        Assert.Null(await session.NewTextAsync((await session.ActionsAsync(_old))[0]));
        Assert.Equal(message, await session.Lsp.MessageAsync());
    }

    [Fact]
    public async Task A_document_that_has_changed_since_is_not_edited()
    {
        FakeInfiller infiller = new("new");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        JsonElement[] actions = await session.ActionsAsync(_old);
        await session.Lsp.ChangeAsync(2, 0, 0, "#");

        Assert.Null(await session.NewTextAsync(actions[0]));
        Assert.Equal("No edit: the document has changed since this was offered.", await session.Lsp.MessageAsync());
        Assert.Empty(infiller.Requests);

        HeldInfill held = infiller.HoldNext();
        Task<JsonElement> resolving = session.ResolveAsync((await session.ActionsAsync(LspSession.Range(0, 5, 0, 8)))[0]);
        await held.Begun.Soon();
        await session.Lsp.ChangeAsync(3, 0, 0, "#");
        await session.ActionsAsync(_old);
        held.EndWith("late");
        Assert.Null(EditSession.NewTextOf(await resolving.Soon()));
        Assert.Equal("No edit: the document has changed while it was made.", await session.Lsp.MessageAsync());
        Assert.Single(infiller.Requests);
    }

    [Fact]
    public async Task Typing_and_edits_do_not_supersede_each_other()
    {
        FakeInfiller infiller = new(request => request.Suffix.StartsWith(')') ? "typed" : "new");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        JsonElement[] actions = await session.ActionsAsync(_old);
        HeldInfill held = infiller.HoldNext();
        Task<JsonElement> resolving = session.ResolveAsync(actions[0]);
        await held.Begun.Soon();
        Task<JsonElement?> typing = session.Lsp.CompleteAsync(1, 7);
        held.EndWith("new");
        Assert.Equal("typed", LspSession.TextOf(await typing.Soon()));
        Assert.Equal("new", EditSession.NewTextOf(await resolving.Soon()));

        held = infiller.HoldNext();
        typing = session.Lsp.CompleteAsync(1, 6);
        await held.Begun.Soon();
        resolving = session.ResolveAsync((await session.ActionsAsync(LspSession.Range(1, 0, 1, 5)))[0]);
        held.EndWith("y");
        Assert.Equal("y", LspSession.TextOf(await typing.Soon()));
        Assert.Equal("new", EditSession.NewTextOf(await resolving.Soon()));
    }

    [Fact]
    public async Task A_cancelled_edit_stops_the_engine_and_can_be_asked_for_again()
    {
        FakeInfiller infiller = new("new");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        JsonElement[] actions = await session.ActionsAsync(_old);
        HeldInfill held = infiller.HoldNext();
        using CancellationTokenSource cancel = new();
        Task<JsonElement> cancelled = session.CancellableAsync(actions[0], cancel.Token);
        await held.Begun.Soon();
        Task<JsonElement> other = session.ResolveAsync(actions[0]);
        await session.ActionsAsync(_old);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());
        await held.Stopped.Soon();
        Assert.Equal("new", EditSession.NewTextOf(await other.Soon()));
        Assert.Equal("new", await session.NewTextAsync(actions[0]));
        Assert.Equal(4, infiller.Requests.Count);
    }

    [Fact]
    public async Task A_failed_infill_is_no_edit_and_is_tried_again()
    {
        FakeInfiller infiller = new("new");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        JsonElement[] actions = await session.ActionsAsync(_old);
        infiller.HoldNext().FailWith(new EngineException("too long"));

        Assert.Null(await session.NewTextAsync(actions[0]));
        Assert.Equal(
            "No edit: the model gave no answer, or another edit of this document was asked for.", await session.Lsp.MessageAsync());
        Assert.Equal("new", await session.NewTextAsync(actions[0]));
    }

    [Fact]
    public async Task An_edit_is_made_by_the_model_that_is_loaded()
    {
        int loads = 0;
        LspSession lsp = LspSession.Start(_ => new FakeInfiller($"load {++loads}"));
        await lsp.InitializeAsync(null, EditSession.Plain);
        await lsp.OpenAsync(Text);
        await lsp.StateAsync("ready");
        object range = new { textDocument = new { uri = LspSession.Uri }, range = _old, context = new { diagnostics = Array.Empty<object>() } };
        CancellationToken token = TestContext.Current.CancellationToken;
        JsonElement actions = await lsp.Client.InvokeWithParameterObjectAsync<JsonElement>("textDocument/codeAction", range, token);
        Task<JsonElement> ResolveAsync() => lsp.Client.InvokeWithParameterObjectAsync<JsonElement>("codeAction/resolve", actions[0], token);
        Assert.Equal("load 1", EditSession.NewTextOf(await ResolveAsync()));

        await lsp.Client.InvokeWithParameterObjectAsync<JsonElement?>("workspace/executeCommand", new { command = "diffusionlsp.restart" }, token);
        await lsp.StateAsync("loading");
        await lsp.StateAsync("ready");

        Assert.Equal("load 2", EditSession.NewTextOf(await ResolveAsync()));
        await lsp.DisposeAsync();
    }

    [Fact]
    public async Task An_action_with_foreign_data_is_an_error_and_one_without_comes_back()
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("z"), Text);
        JsonElement action = (await session.ActionsAsync(_old))[0];
        Assert.Equal("t", (await session.ResolveAsync(Json(new { title = "t" })).Soon()).GetProperty("title").GetString());
        foreach (object data in (object[])
        [
            1,
            new { uri = LspSession.Uri },
            new { uri = LspSession.Uri, version = 1, range = _old, kind = "other", alternative = 0 },
            new { uri = LspSession.Uri, version = 1, range = _old, kind = action.GetProperty("kind"), alternative = -1 },
            new { uri = LspSession.Uri, version = 1, range = _old, kind = action.GetProperty("kind"), alternative = 0, lead = "import os" },
            new { uri = LspSession.Uri, version = 1, range = LspSession.Range(1, 0, 0, 0), kind = action.GetProperty("kind"), alternative = 0 },
        ])
        {
            RemoteRpcException refused = await Assert.ThrowsAnyAsync<RemoteRpcException>(
                () => session.ResolveAsync(Json(new { title = "t", data })).Soon());
            Assert.Equal(-32602, (int)refused.ErrorCode!);
        }
    }

    private static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value);

    private static ModelDescription Model => new FakeInfiller("").Model;

    private static JsonElement Instructed(JsonElement action, string instruction)
    {
        JsonNode node = JsonNode.Parse(action.GetRawText())!;
        node["data"]!["instruction"] = instruction;
        return JsonSerializer.SerializeToElement(node);
    }
}
