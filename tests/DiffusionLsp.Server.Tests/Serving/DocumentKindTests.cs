using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>What is a document for a client: files, unsaved and virtual ones, cells of notebooks.</summary>
public sealed class DocumentKindTests
{
    private const string Notebook = "file:///w/n.ipynb";
    private const string Cell = "vscode-notebook-cell:/w/n.ipynb#W0sZmlsZQ%3D%3D";

    [Theory]
    [InlineData("untitled:Untitled-1")]
    [InlineData("git:/w/a.py?%7B%22ref%22%3A%22HEAD%22%7D")]
    [InlineData("jar:file:///w/a.jar!/x/Y.py")]
    [InlineData("")]
    [InlineData("no uri at all")]
    public async Task Anything_is_the_name_of_a_document(string uri)
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        await session.OpenAsync("ab", uri);
        await session.ChangeAsync(2, 0, 2, "c", uri);
        Assert.Equal("z", await session.TextAsync(0, 3, uri));
    }

    [Fact]
    public async Task A_client_may_write_the_drive_of_a_file_in_two_ways()
    {
        FakeInfiller infiller = new("zz");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        await session.OpenAsync("a", "file:///c%3A/w/a.py");
        await session.ChangeAsync(2, 0, 1, "b", "file:///c:/w/a.py");
        Assert.Equal("zz", await session.TextAsync(0, 2, "file:///C:/w/a.py"));
        Assert.Equal("ab", Assert.Single(infiller.Requests).Prefix);
    }

    [Fact]
    public async Task A_cell_of_a_notebook_is_completed_and_edited()
    {
        FakeInfiller infiller = new("z");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        await session.SendAsync("notebookDocument/didOpen", new
        {
            notebookDocument = new
            {
                uri = Notebook,
                notebookType = "jupyter-notebook",
                version = 1,
                metadata = new { anything = 1 },
                cells = new[] { new { kind = 2, document = Cell, executionSummary = new { executionOrder = 1 } } },
            },
            cellTextDocuments = new[] { new { uri = Cell, languageId = "python", version = 1, text = "x = " } },
        });
        Assert.Equal("z", await session.TextAsync(0, 4, Cell));

        await session.SendAsync("notebookDocument/didChange", new
        {
            notebookDocument = new { uri = Notebook, version = 2 },
            change = new
            {
                cells = new
                {
                    textContent = new[]
                    {
                        new
                        {
                            document = new { uri = Cell, version = 2 },
                            changes = new[] { new { range = LspSession.Range(0, 0, 0, 1), text = "why" } },
                        },
                    },
                },
            },
        });
        await session.SendAsync("notebookDocument/didSave", new { notebookDocument = new { uri = Notebook } });
        Assert.Equal("z", await session.TextAsync(0, 6, Cell));
        Assert.Equal("why = ", infiller.Requests.Last().Prefix);

        await session.SendAsync("notebookDocument/didClose", new
        {
            notebookDocument = new { uri = Notebook },
            cellTextDocuments = new[] { new { uri = Cell } },
        });
        Assert.Null(await session.TextAsync(0, 6, Cell));
    }

    [Theory]
    [InlineData("""{"notebookDocument":{"uri":"file:///w/n.ipynb","version":1},"change":{}}""")]
    [InlineData("""{"notebookDocument":{"uri":"file:///w/n.ipynb"},"change":{}}""")]
    public async Task A_change_of_a_notebook_that_fails_ends_the_connection(string change)
    {
        LspSession session = await LspSession.ReadyAsync(new FakeInfiller(""));
        await session.SendAsync("notebookDocument/didChange", System.Text.Json.JsonDocument.Parse(change).RootElement);
        Assert.Equal(1, await session.ClosedAsync());
        await session.DisposeAsync();
    }

    [Fact]
    public async Task Folders_of_the_workspace_may_change()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("z"));
        await session.SendAsync("workspace/didChangeWorkspaceFolders", new
        {
            @event = new { added = new[] { new { uri = "file:///b", name = "b" } }, removed = Array.Empty<object>() },
        });
        Assert.Equal("z", await session.TextAsync(0, 0));
    }
}
