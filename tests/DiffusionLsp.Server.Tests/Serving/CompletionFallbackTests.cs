using System.Text.Json;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>Suggestions in the completion pop-up, for editors without inline completion, and only where they are asked for.</summary>
public sealed class CompletionFallbackTests
{
    private static readonly object _on = new { completionFallback = true };

    [Fact]
    public async Task It_is_off_unless_the_user_switches_it_on()
    {
        await using LspSession session = LspSession.Start(_ => new FakeInfiller("y"));
        JsonElement result = await session.InitializeAsync();
        Assert.False(result.GetProperty("capabilities").TryGetProperty("completionProvider", out _));
        await session.OpenAsync("x");
        await session.StateAsync("ready");
        Assert.Empty(await ItemsAsync(session, 0, 1));
    }

    [Fact]
    public async Task It_is_announced_where_it_is_on()
    {
        await using LspSession session = LspSession.Start(_ => new FakeInfiller("y"));
        JsonElement result = await session.InitializeAsync(_on);
        Assert.Equal(
            """{"triggerCharacters":[".","(","="," "]}""",
            result.GetProperty("capabilities").GetProperty("completionProvider").GetRawText());
        Assert.True(result.GetProperty("capabilities").TryGetProperty("inlineCompletionProvider", out _));
    }

    [Fact]
    public async Task An_item_has_all_that_keeps_clients_from_hiding_or_changing_it()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("nt(a, b)"), "    pri\n", _on);

        JsonElement item = Assert.Single(await ItemsAsync(session, 0, 7));

        Assert.Equal(
            """
            {"label":"print(a, b)","kind":15,"detail":"DiffusionLsp","preselect":true,"filterText":"print(a, b)",
            "insertTextFormat":1,"insertTextMode":1,"textEdit":{"range":{"start":{"line":0,"character":4},
            "end":{"line":0,"character":7}},"newText":"print(a, b)"}}
            """.ReplaceLineEndings(""),
            item.GetRawText());
    }

    [Theory]
    [InlineData("x = ", "a + b", "a + b", "a + b", "x = a + b")]
    [InlineData("ret", "urn a", "return a", "return a", "return a")]
    [InlineData("def f():", "\n    return 1", "return 1 …", "return 1", "def f():\n    return 1")]
    [InlineData("els", "e:\n    pass", "else: …", "else:", "else:\n    pass")]
    [InlineData("ab", "\n    c", "c …", "abc", "ab\n    c")]
    [InlineData("äß", "x", "äßx", "äßx", "äßx")]
    [InlineData("a.", "b$1", "b$1", "b$1", "a.b$1")]
    public async Task Taking_the_item_inserts_the_suggestion_and_its_filter_text_begins_with_the_word(
        string line, string middle, string label, string filterText, string after)
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller(middle), line, _on);

        JsonElement item = Assert.Single(await ItemsAsync(session, 0, line.Length));

        Assert.Equal(label, item.GetProperty("label").GetString());
        Assert.Equal(filterText, item.GetProperty("filterText").GetString());
        JsonElement edit = item.GetProperty("textEdit");
        int start = edit.GetProperty("range").GetProperty("start").GetProperty("character").GetInt32();
        int end = edit.GetProperty("range").GetProperty("end").GetProperty("character").GetInt32();
        Assert.Equal(after, line[..start] + edit.GetProperty("newText").GetString() + line[end..]);
    }

    [Fact]
    public async Task Where_there_is_no_suggestion_the_client_is_to_ask_again()
    {
        FakeInfiller infiller = new(request => request.Prefix.EndsWith('b') ? "c" : "");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "a", _on);
        Assert.Empty(await ItemsAsync(session, 0, 1));
        Assert.Empty(await ItemsAsync(session, 0, 1, "file:///not/open"));
        await session.ChangeAsync(2, 0, 1, "b");
        Assert.Single(await ItemsAsync(session, 0, 2));
    }

    private static async Task<IReadOnlyList<JsonElement>> ItemsAsync(
        LspSession session, int line, int character, string uri = LspSession.Uri)
    {
        JsonElement list = await session.Client.InvokeWithParameterObjectAsync<JsonElement>(
            "textDocument/completion",
            new { textDocument = new { uri }, position = new { line, character }, context = new { triggerKind = 1 } }).Soon();
        Assert.True(list.GetProperty("isIncomplete").GetBoolean());
        return [.. list.GetProperty("items").EnumerateArray()];
    }
}
