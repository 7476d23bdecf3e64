using System.Text.Json;
using DiffusionLsp.Server.EditorState;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>What a client tells of itself beside its documents, and what of it is kept.</summary>
public sealed class EditorTests
{
    [Fact]
    public async Task Suggestions_that_are_shown_and_partly_taken_are_counted()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        var item = new { insertText = "abc", command = new { title = "", command = "accepted" } };
        await session.SendAsync("textDocument/didShowCompletion", new { item });
        await session.SendAsync("textDocument/didShowCompletion", new { item });
        await session.SendAsync("textDocument/didPartiallyAcceptCompletion", new { item, acceptedLength = 2 });
        await session.TextAsync(0, 0);
        Assert.Equal((2, 1), (session.Editor.Suggestions.Shown, session.Editor.Suggestions.PartlyAccepted));
    }

    [Theory]
    [InlineData("""{"textDocument":{"uri":"file:///w/b.py"}}""", "file:///w/b.py")]
    [InlineData("""{"uri":"file:///w/b.py"}""", "file:///w/b.py")]
    [InlineData("{}", null)]
    [InlineData("""{"textDocument":7}""", "file:///first")]
    public async Task The_focused_document_is_known(string focused, string? uri)
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        await session.SendAsync("textDocument/didFocus", new { uri = "file:///first" });
        await session.SendAsync("textDocument/didFocus", JsonDocument.Parse(focused).RootElement);
        Assert.Equal("z", await session.TextAsync(0, 0));
        Assert.Equal(uri, session.Editor.Focused);
    }

    [Fact]
    public async Task The_folders_of_the_workspace_are_known()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        await session.SendAsync("workspace/didChangeWorkspaceFolders", new
        {
            @event = new { added = new[] { new { uri = "file:///b", name = "b" } }, removed = Array.Empty<object>() },
        });
        await session.TextAsync(0, 0);
        Assert.Equal(["b"], session.Editor.Folders.Folders.Select(folder => folder.Name));
    }

    [Fact]
    public async Task The_newest_editor_context_wins_and_one_that_cannot_be_read_changes_nothing()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        object range = LspSession.Range(0, 0, 3, 0);
        await session.SendAsync("diffusion/editorContext", new
        {
            visibleEditors = new[] { new { uri = "file:///a", ranges = new[] { range } } },
        });
        await session.SendAsync("diffusion/editorContext", new
        {
            recentPlaces = new object[] { new { uri = "file:///b", range }, new { uri = "file:///c", range, text = "c" } },
            definitions = new[] { new { name = "f", uri = "file:///d", range, text = "def f(): ..." } },
        });
        await session.SendAsync("diffusion/editorContext", new { definitions = new[] { new { name = "no range" } } });
        await session.SendAsync("diffusion/editorContext", new { definitions = "none" });
        Assert.Equal("z", await session.TextAsync(0, 0));

        EditorContext context = session.Editor.Context;
        Assert.Empty(context.VisibleEditors);
        Assert.Equal([(string?)null, "c"], context.RecentPlaces.Select(place => place.Text));
        Assert.Equal("def f(): ...", Assert.Single(context.Definitions).Text);
    }
}
