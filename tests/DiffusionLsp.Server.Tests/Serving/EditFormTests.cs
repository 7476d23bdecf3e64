using System.Text.Json;
using DiffusionLsp.Server.Tests.Support;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>The form that an edit has for clients of different abilities, and the text in it.</summary>
public sealed class EditFormTests
{
    private const string Text = "x = old\n";

    private static readonly string[] _markers = ["???"];
    private static readonly object _old = LspSession.Range(0, 4, 0, 7);

    [Fact]
    public async Task A_client_that_knows_all_gets_versions_annotations_and_tags()
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("new"), Text, EditSession.Able);

        JsonElement action = (await session.ActionsAsync(_old))[0];
        JsonElement resolved = await session.ResolveAsync(action).Soon();

        Assert.Equal("[1]", action.GetProperty("tags").GetRawText());
        Assert.Equal("[1]", resolved.GetProperty("tags").GetRawText());
        Assert.False(action.TryGetProperty("edit", out _));
        Assert.False(action.TryGetProperty("command", out _));
        Assert.Equal(
            """
            {"documentChanges":[{"textDocument":{"uri":"file:///w/a.py","version":1},"edits":[{"annotationId":"diffusionlsp","range":{"start":{"line":0,"character":4},"end":{"line":0,"character":7}},"newText":"new"}]}],"changeAnnotations":{"diffusionlsp":{"label":"DiffusionLsp","needsConfirmation":true}}}
            """.Trim(),
            resolved.GetProperty("edit").GetRawText());
    }

    [Fact]
    public async Task A_client_that_knows_versions_alone_gets_no_annotations()
    {
        object capabilities = new
        {
            workspace = new { workspaceEdit = new { documentChanges = true } },
            textDocument = new { codeAction = new { resolveSupport = new { properties = new[] { "edit" } } } },
        };
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("new"), Text, capabilities);

        JsonElement resolved = await session.ResolveAsync((await session.ActionsAsync(_old))[0]).Soon();

        Assert.False(resolved.TryGetProperty("tags", out _));
        Assert.Equal(
            """
            {"documentChanges":[{"textDocument":{"uri":"file:///w/a.py","version":1},"edits":[{"range":{"start":{"line":0,"character":4},"end":{"line":0,"character":7}},"newText":"new"}]}]}
            """.Trim(),
            resolved.GetProperty("edit").GetRawText());
    }

    [Fact]
    public async Task Any_other_client_gets_plain_changes()
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("new"), Text);

        JsonElement resolved = await session.ResolveAsync((await session.ActionsAsync(_old))[0]).Soon();

        Assert.Equal(
            """
            {"changes":{"file:///w/a.py":[{"range":{"start":{"line":0,"character":4},"end":{"line":0,"character":7}},"newText":"new"}]}}
            """.Trim(),
            resolved.GetProperty("edit").GetRawText());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"textDocument":{"codeAction":{"resolveSupport":{"properties":["command"]}}}}""")]
    [InlineData("""{"textDocument":{"codeAction":{"resolveSupport":7}},"workspace":[]}""")]
    public async Task A_client_that_resolves_no_edits_gets_a_command(string capabilities)
    {
        await using EditSession session = await EditSession.ReadyAsync(
            new FakeInfiller(request => $"v{request.Seed}"), Text, JsonSerializer.Deserialize<JsonElement>(capabilities));
        JsonElement action = (await session.ActionsAsync(_old))[1];
        JsonElement command = action.GetProperty("command");
        Assert.Equal("Regenerate selection (another)", command.GetProperty("title").GetString());
        Assert.False(action.TryGetProperty("data", out _));

        JsonElement? answer = await ExecuteAsync(session, command.GetProperty("arguments"));

        Assert.Null(answer);
        JsonElement applied = await session.Lsp.AppliedAsync();
        Assert.Equal("DiffusionLsp", applied.GetProperty("label").GetString());
        Assert.Equal("x = v1\n", EditSession.After(Text, applied.GetProperty("edit")));
    }

    [Fact]
    public async Task A_command_for_a_document_that_has_changed_applies_nothing()
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("new"), Text, new { });
        JsonElement action = (await session.ActionsAsync(_old))[0];
        await session.Lsp.ChangeAsync(2, 0, 0, "#");

        Assert.Null(await ExecuteAsync(session, action.GetProperty("command").GetProperty("arguments")));

        Assert.Equal("No edit: the document has changed since this was offered.", await session.Lsp.MessageAsync());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""["x"]""")]
    public async Task A_command_without_its_data_is_an_error(string arguments)
    {
        await using EditSession session = await EditSession.ReadyAsync(new FakeInfiller("new"), Text);

        RemoteRpcException refused = await Assert.ThrowsAnyAsync<RemoteRpcException>(
            () => ExecuteAsync(session, JsonSerializer.Deserialize<JsonElement>(arguments)));

        Assert.Equal(-32602, (int)refused.ErrorCode!);
    }

    [Theory]
    [InlineData("python", "def f():\r\n    pass\r\n", 1, "a = 1 \n    return a  ", "def f():\r\n    a = 1\r\n    return a\r\n")]
    [InlineData("python", "x = ???  # a\n", 0, "1 ", "x = 1   # a\n")]
    [InlineData("csharp", "void F() { }\r\n", 0, " \n    G();\t\n    ", "void F() {\r\n    G();\r\n    }\r\n")]
    [InlineData("csharp", "  void F()\r\n  {\r\n  }\r\n", 1, "G(); \nH();", "  void F()\r\n  {\r\n    G();\r\nH();\r\n  }\r\n")]
    [InlineData("typescript", "  // TODO: log\r\n  go();\r\n", 0, "log();", "  // TODO: log\r\n  log();\r\n  go();\r\n")]
    [InlineData("csharp", "int F() => throw new NotImplementedException();", 0, "1", "int F() => 1;")]
    public async Task Line_ends_are_the_documents_and_blanks_at_the_ends_of_lines_go(
        string language, string text, int line, string middle, string expected)
    {
        FakeInfiller infiller = new(middle);
        await using EditSession session = await EditSession.ReadyAsync(
            infiller, text, options: new { fillMarkers = _markers }, languageId: language);

        JsonElement action = (await session.ActionsAsync(LspSession.Range(line, 0, line, 0)))[0];
        JsonElement resolved = await session.ResolveAsync(action).Soon();

        Assert.Equal(expected, EditSession.After(text, resolved.GetProperty("edit")));
        Assert.DoesNotContain('\r', infiller.Requests.First().Prefix + infiller.Requests.First().Suffix);
    }

    private static Task<JsonElement?> ExecuteAsync(EditSession session, JsonElement arguments) =>
        session.Lsp.Client.InvokeWithParameterObjectAsync<JsonElement?>(
            "workspace/executeCommand", new { command = "diffusionlsp.edit", arguments }, TestContext.Current.CancellationToken).Soon();
}
