using System.Collections.Concurrent;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Documents;

/// <summary>
/// The open notebooks, each in its newest version, over the store of all documents, which holds the texts of their
/// cells. Written by notifications in wire order only; read from any thread.
/// </summary>
internal sealed class NotebookStore
{
    private readonly DocumentStore _documents;
    private readonly ConcurrentDictionary<string, Notebook> _notebooks = new(StringComparer.Ordinal);

    /// <summary>Makes the store.</summary>
    public NotebookStore(DocumentStore documents) => _documents = documents;

    /// <summary>Takes a notebook and the texts of its cells in.</summary>
    public void Open(DidOpenNotebookDocumentParams opened)
    {
        NotebookDocument notebook = opened.NotebookDocument;
        foreach (TextDocumentItem cell in opened.CellTextDocuments)
        {
            _documents.Open(cell);
        }

        _notebooks[DocumentUri.Key(notebook.Uri)] = new Notebook(notebook.Uri, notebook.Version, [.. notebook.Cells]);
    }

    /// <summary>Changes a notebook: its cells first, then their texts, as the protocol orders it.</summary>
    /// <returns>The documents that were closed.</returns>
    /// <exception cref="DocumentSyncException">It is not open, or the changes do not fit it.</exception>
    public IReadOnlyList<TextDocument> Change(DidChangeNotebookDocumentParams changed)
    {
        string key = DocumentUri.Key(changed.NotebookDocument.Uri);
        Notebook notebook = _notebooks.GetValueOrDefault(key)
            ?? throw new DocumentSyncException($"{changed.NotebookDocument.Uri}: changed, but not open.");
        NotebookDocumentCellChanges? cells = changed.Change.Cells;
        _notebooks[key] = notebook.Apply(changed.NotebookDocument.Version, cells);
        TextDocument[] closed = Close(cells?.Structure?.DidClose ?? []);
        foreach (TextDocumentItem cell in cells?.Structure?.DidOpen ?? [])
        {
            _documents.Open(cell);
        }

        foreach (NotebookDocumentCellContentChanges text in cells?.TextContent ?? [])
        {
            _documents.Change(text.Document, text.Changes);
        }

        return closed;
    }

    /// <summary>Forgets a notebook and its cells.</summary>
    /// <returns>The documents that were closed.</returns>
    public IReadOnlyList<TextDocument> Close(DidCloseNotebookDocumentParams closed)
    {
        _notebooks.TryRemove(DocumentUri.Key(closed.NotebookDocument.Uri), out _);
        return Close(closed.CellTextDocuments);
    }

    /// <summary>The texts of a notebook's cells from top to bottom; none where it is not open.</summary>
    public IReadOnlyList<TextDocument> Documents(string notebookUri) =>
        _notebooks.GetValueOrDefault(DocumentUri.Key(notebookUri)) is { } notebook
            ? [.. notebook.Cells.Select(cell => _documents.Find(cell.Document)).OfType<TextDocument>()]
            : [];

    /// <summary>The texts of the cells above a cell, from top to bottom; none where the document is no cell.</summary>
    public IReadOnlyList<TextDocument> DocumentsAbove(string cellUri)
    {
        string cell = DocumentUri.Key(cellUri);
        return _notebooks.Values.FirstOrDefault(candidate => candidate.Cells.Exists(IsIt)) is { } notebook
            ? [.. Documents(notebook.Uri).TakeWhile(document => DocumentUri.Key(document.Uri) != cell)]
            : [];

        bool IsIt(NotebookCell other) => DocumentUri.Key(other.Document) == cell;
    }

    private TextDocument[] Close(IEnumerable<TextDocumentIdentifier> documents) =>
        [.. documents.Select(document => _documents.Close(document.Uri)).OfType<TextDocument>()];
}
