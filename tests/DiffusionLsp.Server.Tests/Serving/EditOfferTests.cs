using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>Which code actions are offered where, without the engine.</summary>
public sealed class EditOfferTests
{
    private const string Text = "# add\nx = a + bb\ndef f():\n    pass\n";

    private static readonly string[] _markers = ["<here>", ""];
    private static readonly object _cursor = LspSession.Range(1, 0, 1, 0);
    private static readonly object _selection = LspSession.Range(1, 4, 1, 10);
    private static readonly object _placeholder = LspSession.Range(3, 6, 3, 6);

    [Fact]
    public async Task A_cursor_alone_is_offered_nothing() => Assert.Empty(await TitlesAsync(_cursor));

    [Fact]
    public async Task A_selection_may_be_regenerated() => Assert.Equal(
        ["Regenerate selection", "Regenerate selection (another)", "Regenerate selection (a third)"],
        await TitlesAsync(_selection));

    [Fact]
    public async Task A_placeholder_may_be_filled_in() => Assert.Equal(
        ["Fill in", "Fill in (another)", "Fill in (a third)"], await TitlesAsync(_placeholder));

    [Fact]
    public async Task A_users_own_marker_may_be_filled_in()
    {
        FakeInfiller infiller = new("z");
        await using EditSession session = await EditSession.ReadyAsync(
            infiller, "f(<here>)\n", options: new { fillMarkers = _markers });
        JsonElement[] actions = await session.ActionsAsync(LspSession.Range(0, 0, 0, 0));
        JsonElement resolved = await session.ResolveAsync(actions[0]).Soon();
        Assert.Equal("f(z)\n", EditSession.After("f(<here>)\n", resolved.GetProperty("edit")));

        // A slip in the settings keeps what held before.
        await session.Lsp.ConfigureAsync(new { fillMarkers = new object[] { 1 } });
        Assert.Equal(3, (await session.ActionsAsync(LspSession.Range(0, 0, 0, 0))).Length);
        await session.Lsp.ConfigureAsync(new { fillMarkers = Array.Empty<string>() });
        Assert.Empty(await session.ActionsAsync(LspSession.Range(0, 0, 0, 0)));
    }

    [Fact]
    public async Task Every_diagnostic_may_be_fixed_and_comes_back_as_it_was()
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("z"), Text);
        object[] diagnostics =
        [
            new
            {
                range = LspSession.Range(1, 8, 1, 9),
                severity = 1,
                code = "E7",
                source = "other",
                message = "no\nsuch name",
                relatedInformation = Array.Empty<object>(),
                data = new { id = 7, more = new[] { 1.5 } },
            },
            new { range = LspSession.Range(3, 4, 3, 8), message = new { kind = "markdown", value = new string('m', 80) } },
        ];

        JsonElement[] actions = await session.ActionsAsync(_cursor, diagnostics);

        Assert.Equal(
            ["Fix: no such name", "Fix: no such name (another)", "Fix: no such name (a third)"],
            actions.Take(3).Select(action => action.GetProperty("title").GetString()));
        Assert.Equal(6, actions.Length);
        Assert.Equal($"Fix: {new string('m', 60)}…", actions[3].GetProperty("title").GetString());
        foreach ((object sent, int index) in (IEnumerable<(object, int)>)[(diagnostics[0], 2), (diagnostics[1], 3)])
        {
            JsonElement back = Assert.Single(actions[index].GetProperty("diagnostics").EnumerateArray());
            Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(sent), back), back.GetRawText());
            JsonElement resolved = await session.ResolveAsync(actions[index]).Soon();
            Assert.True(JsonElement.DeepEquals(back, resolved.GetProperty("diagnostics")[0]));
            if (index == 3)
            {
                Assert.Equal("# add\nx = a + bb\ndef f():\n    z\n", EditSession.After(Text, resolved.GetProperty("edit")));
            }
            else
            {
                Assert.Equal("No edit: the model has no further alternative here.", await session.Lsp.MessageAsync());
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_a_model_that_follows_instructions_is_offered_a_comment(bool followsInstructions)
    {
        FakeInfiller infiller = new("sum([a, bb])");
        infiller = new FakeInfiller("x = sum([a, bb])") { Model = infiller.Model with { FollowsInstructions = followsInstructions } };
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);

        JsonElement[] actions = await session.ActionsAsync(
            LspSession.Range(0, 0, 2, 0), only: ["refactor.rewrite.diffusionlsp.comment"]);

        if (!followsInstructions)
        {
            Assert.Empty(actions);
            return;
        }

        JsonElement action = Assert.Single(actions);
        Assert.Equal("Rewrite as the comment says", action.GetProperty("title").GetString());
        Assert.Equal("x = sum([a, bb])", await session.NewTextAsync(action));
        InfillRequest asked = Assert.Single(infiller.Requests);
        Assert.Equal("# add\n", asked.Prefix);
        Assert.Equal("\ndef f():\n    pass\n", asked.Suffix);
        Assert.Equal(0, asked.Temperature);
    }

    [Theory]
    [InlineData("", 9)]
    [InlineData("quickfix", 3)]
    [InlineData("quickfix.diffusionlsp", 3)]
    [InlineData("quickfix.diff", 0)]
    [InlineData("refactor", 6)]
    [InlineData("refactor.rewrite", 6)]
    [InlineData("refactor.rewrite.diffusionlsp.fill", 3)]
    [InlineData("refactor.rewrite.diffusionlsp.fill.more", 0)]
    [InlineData("source", 0)]
    public async Task Kinds_are_hierarchical(string kind, int count)
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("z"), Text);
        object[] diagnostics = [new { range = LspSession.Range(3, 4, 3, 8), message = "m" }];

        JsonElement[] actions = await session.ActionsAsync(LspSession.Range(3, 4, 3, 8), diagnostics, [kind]);

        Assert.Equal(count, actions.Length);
        Assert.All(actions, action => Assert.StartsWith(kind, action.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Nothing_is_offered_where_the_range_is_absurd_or_none()
    {
        string text = string.Concat(Enumerable.Repeat("x = 1\n", 300)) + new string('y', 9_000) + "\npass\n";
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("z"), text);
        object[] diagnostics = [new { range = LspSession.Range(300, 0, 300, 9_000), message = "m" }];

        Assert.Equal(3, (await session.ActionsAsync(LspSession.Range(0, 0, 199, 5))).Length);
        Assert.Empty(await session.ActionsAsync(LspSession.Range(0, 0, 200, 5)));
        Assert.Equal(3, (await session.ActionsAsync(LspSession.Range(300, 0, 300, 8_000))).Length);
        Assert.Empty(await session.ActionsAsync(LspSession.Range(300, 0, 300, 8_001)));
        Assert.Empty(await session.ActionsAsync(LspSession.Range(1, 3, 1, 1)));
        Assert.Empty(await session.ActionsAsync(LspSession.Range(-1, 0, 1, 1)));
        Assert.Empty(await session.ActionsAsync(LspSession.Range(0, 0, 0, 0), diagnostics));
    }

    [Fact]
    public async Task Nothing_is_offered_where_the_user_switched_the_model_off_or_it_has_failed()
    {
        await using (EditSession session = await EditSession.ReadyAsync(new FakeInfiller("z"), Text))
        {
            await session.Lsp.ConfigureAsync(new { enabled = false });
            Assert.Empty(await session.ActionsAsync(_selection));
            await session.Lsp.ConfigureAsync(new { enabled = true });
            Assert.NotEmpty(await session.ActionsAsync(_selection));
        }

        LspSession failed = LspSession.Start(_ => throw new EngineException("No."));
        await failed.InitializeAsync(null, EditSession.Plain);
        await failed.OpenAsync(Text);
        await failed.StateAsync("failed");
        JsonElement none = await failed.Client.InvokeWithParameterObjectAsync<JsonElement>(
            "textDocument/codeAction",
            new { textDocument = new { uri = LspSession.Uri }, range = _selection, context = new { diagnostics = Array.Empty<object>() } },
            TestContext.Current.CancellationToken);
        Assert.Equal(0, none.GetArrayLength());
        await failed.DisposeAsync();
    }

    [Fact]
    public async Task Actions_are_offered_while_the_engine_is_busy_and_never_ask_it()
    {
        FakeInfiller infiller = new("z");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        HeldInfill held = infiller.HoldNext();
        Task<JsonElement?> typing = session.Lsp.CompleteAsync(1, 10);
        await held.Begun.Soon();

        Assert.NotEmpty(await session.ActionsAsync(_selection));

        held.EndWith("y");
        Assert.Equal("y", LspSession.TextOf(await typing.Soon()));
        Assert.Single(infiller.Requests);
    }

    [Fact]
    public async Task A_document_that_is_not_open_is_offered_nothing_and_a_diagnostic_without_a_range_is_an_error()
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("z"), Text);
        JsonElement none = await session.Lsp.Client.InvokeWithParameterObjectAsync<JsonElement>(
            "textDocument/codeAction",
            new { textDocument = new { uri = "file:///not/open" }, range = _selection, context = new { diagnostics = Array.Empty<object>() } },
            TestContext.Current.CancellationToken);
        Assert.Equal(0, none.GetArrayLength());

        RemoteRpcException refused = await Assert.ThrowsAnyAsync<RemoteRpcException>(
            () => session.ActionsAsync(_selection, new[] { new { message = "nowhere" } }));
        Assert.Equal(-32602, (int)refused.ErrorCode!);
    }

    private static async Task<string?[]> TitlesAsync(object range)
    {
        FakeInfiller infiller = new("z");
        await using EditSession session = await EditSession.ReadyAsync(infiller, Text);
        string?[] titles = await session.TitlesAsync(range);
        Assert.Empty(infiller.Requests);
        return titles;
    }
}
