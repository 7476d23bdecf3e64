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

    [Theory]
    [InlineData("python", "file:///w/b.py?x", true)]
    [InlineData("python", "file:///w/b.PYI", true)]
    [InlineData("python", "file:///w/b.ts", false)]
    [InlineData("typescriptreact", "file:///w/b.ts", true)]
    [InlineData("rust", "file:///w/b.py", true)]
    [InlineData("rust", "file:///w/b.rs", false)]
    [InlineData("python", "file:///w/open", true)]
    [InlineData("python", "file:///w/other.py", false)]
    public async Task What_is_told_of_another_file_helps_in_its_own_language(string languageId, string uri, bool helps)
    {
        FakeInfiller infiller = new("z");
        await using LspSession session = LspSession.Start(_ => infiller);
        await session.InitializeAsync();
        await session.OpenAsync("save(path, kind)\n", languageId: languageId);
        await session.OpenAsync("", "file:///w/open");
        await session.OpenAsync("", "file:///w/other.py", languageId: "ruby");
        await session.StateAsync("ready");
        string text = "def save(path, kind):\n    return kind\n";
        object range = LspSession.Range(0, 0, 2, 0);

        // What is told twice is read once, and what is told no more helps no more.
        object told = new { definitions = new[] { new { name = "save", uri, range, text } }, recentPlaces = new[] { new { uri, range, text } } };
        await session.SendAsync("diffusion/editorContext", told);
        await session.TextAsync(1, 0);
        await session.ChangeAsync(2, 1, 0, "a");
        await session.TextAsync(1, 1);
        await session.SendAsync("diffusion/editorContext", new { });
        await session.ChangeAsync(3, 1, 1, "b");
        await session.TextAsync(1, 2);

        string related = helps ? text + "\n" : "";
        Assert.Equal([related, related, ""], infiller.Requests.Select(request => request.Related ?? ""));
    }
}
