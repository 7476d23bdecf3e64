using System.Text.Json;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Tests.Documents;

/// <summary>A notebook's cells come, go and move, and stay in the client's order.</summary>
public sealed class NotebookStoreTests
{
    private const string Uri = "file:///w/n.ipynb";

    private readonly DocumentStore _documents = new();
    private readonly NotebookStore _notebooks;

    public NotebookStoreTests()
    {
        _notebooks = new NotebookStore(_documents);
        _notebooks.Open(new DidOpenNotebookDocumentParams
        {
            NotebookDocument = new NotebookDocument
            {
                Uri = Uri,
                NotebookType = "jupyter",
                Version = 1,
                Cells = [Cell("a"), Cell("b"), Cell("c")],
            },
            CellTextDocuments = [Item("c"), Item("a"), Item("b")],
        });
    }

    [Fact]
    public void Cells_are_documents_in_the_notebooks_order()
    {
        Assert.Equal("a b c", Texts());
        Assert.Equal("a b", Join(_notebooks.DocumentsAbove("cell:c")));
        Assert.Empty(_notebooks.DocumentsAbove("cell:a"));
        Assert.Empty(_notebooks.DocumentsAbove("file:///no/cell"));
        Assert.Empty(_notebooks.Documents("file:///not/open"));
    }

    [Fact]
    public void A_cell_is_inserted_moved_changed_and_removed()
    {
        Change(2, """
            {"structure":{"array":{"start":1,"deleteCount":0,"cells":[{"kind":2,"document":"cell:d"}]},
            "didOpen":[{"uri":"cell:d","languageId":"python","version":1,"text":"d"}]}}
            """);
        Assert.Equal("a d b c", Texts());

        Change(3, """
            {"structure":{"array":{"start":0,"deleteCount":2,"cells":[
            {"kind":2,"document":"cell:d"},{"kind":2,"document":"cell:a"}]}}}
            """);
        Assert.Equal("d a b c", Texts());

        Change(4, """
            {"textContent":[{"document":{"uri":"cell:a","version":2},"changes":[
            {"range":{"start":{"line":0,"character":1},"end":{"line":0,"character":1}},"text":"1"},{"range":
            {"start":{"line":0,"character":2},"end":{"line":0,"character":2}},"text":"2"}]}]}
            """);
        Assert.Equal("d a12 b c", Texts());

        IReadOnlyList<TextDocument> closed = Change(
            5, """{"structure":{"array":{"start":2,"deleteCount":1},"didClose":[{"uri":"cell:b"}]}}""");
        Assert.Equal("b", Join(closed));
        Assert.Equal("d a12 c", Texts());
        Assert.Null(_documents.Find("cell:b"));

        Change(6, """{"data":[{"kind":1,"document":"cell:c"}]}""");
        Assert.Equal("d a12 c", Texts());
        Change(7, cells: null);

        _notebooks.Close(new DidCloseNotebookDocumentParams
        {
            NotebookDocument = new NotebookDocumentIdentifier { Uri = Uri },
            CellTextDocuments = [new() { Uri = "cell:d" }, new() { Uri = "cell:a" }, new() { Uri = "cell:c" }],
        });
        Assert.Empty(_notebooks.Documents(Uri));
        Assert.Null(_documents.Find("cell:a"));
    }

    [Theory]
    [InlineData(0, "{}")]
    [InlineData(2, """{"structure":{"array":{"start":4,"deleteCount":0}}}""")]
    [InlineData(2, """{"structure":{"array":{"start":2,"deleteCount":2}}}""")]
    [InlineData(2, """{"structure":{"array":{"start":-1,"deleteCount":0}}}""")]
    [InlineData(2, """{"structure":{"array":{"start":2,"deleteCount":2147483647}}}""")]
    [InlineData(2, """{"data":[{"kind":1,"document":"cell:z"}]}""")]
    [InlineData(2, """{"textContent":[{"document":{"uri":"cell:z","version":2},"changes":[]}]}""")]
    [InlineData(2, """{"textContent":[{"document":{"uri":"cell:a","version":0},"changes":[]}]}""")]
    public void A_change_that_does_not_fit_is_an_error(int version, string cells) =>
        Assert.Throws<DocumentSyncException>(() => Change(version, cells));

    [Fact]
    public void A_change_of_a_notebook_that_is_not_open_is_an_error() =>
        Assert.Throws<DocumentSyncException>(() => Change(2, "{}", "file:///not/open"));

    private IReadOnlyList<TextDocument> Change(int version, string? cells, string uri = Uri) =>
        _notebooks.Change(new DidChangeNotebookDocumentParams
        {
            NotebookDocument = new VersionedNotebookDocumentIdentifier { Uri = uri, Version = version },
            Change = new NotebookDocumentChangeEvent
            {
                Cells = cells is null ? null : JsonSerializer.Deserialize(cells, LspJson.Default.NotebookDocumentCellChanges),
            },
        });

    private string Texts() => Join(_notebooks.Documents(Uri));

    private static string Join(IEnumerable<TextDocument> documents) =>
        string.Join(' ', documents.Select(document => document.Text));

    private static NotebookCell Cell(string name) => new() { Kind = NotebookCellKind.Code, Document = $"cell:{name}" };

    private static TextDocumentItem Item(string name) =>
        new() { Uri = $"cell:{name}", LanguageId = "python", Version = 1, Text = name };
}
