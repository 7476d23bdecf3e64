namespace DiffusionLsp.Server.Protocol;

/// <summary>Which notebooks the client keeps in step with the server.</summary>
internal sealed record NotebookDocumentSyncOptions
{
    /// <summary>Which notebooks, and which of their cells.</summary>
    public required IReadOnlyList<NotebookDocumentFilterWithNotebook> NotebookSelector { get; init; }

    /// <summary>Whether the client says when one is saved.</summary>
    public bool? Save { get; init; }
}

/// <summary>A kind of notebook, with all its cells.</summary>
internal sealed record NotebookDocumentFilterWithNotebook
{
    /// <summary>The type of notebook; <c>*</c> for any.</summary>
    public required string Notebook { get; init; }
}

/// <summary>A notebook as the client hands it over.</summary>
internal sealed record NotebookDocument
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>The client's name of the kind of notebook.</summary>
    public required string NotebookType { get; init; }

    /// <inheritdoc cref="VersionedTextDocumentIdentifier.Version"/>
    public required int Version { get; init; }

    /// <summary>The cells from top to bottom.</summary>
    public required IReadOnlyList<NotebookCell> Cells { get; init; }
}

/// <summary>A cell: a document, and what it is for.</summary>
internal sealed record NotebookCell
{
    /// <summary>Prose or code.</summary>
    public required NotebookCellKind Kind { get; init; }

    /// <summary>The URI of the cell's text.</summary>
    public required string Document { get; init; }
}

/// <summary>What a cell is for.</summary>
internal enum NotebookCellKind
{
    /// <summary>Prose.</summary>
    Markup = 1,

    /// <summary>Code.</summary>
    Code = 2,
}

/// <summary>Names a notebook.</summary>
internal sealed record NotebookDocumentIdentifier
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }
}

/// <summary>Names a notebook and the version that it has after the change at hand.</summary>
internal sealed record VersionedNotebookDocumentIdentifier
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <inheritdoc cref="VersionedTextDocumentIdentifier.Version"/>
    public required int Version { get; init; }
}

/// <summary>The parameters of <c>notebookDocument/didOpen</c>.</summary>
internal sealed record DidOpenNotebookDocumentParams
{
    /// <summary>The notebook.</summary>
    public required NotebookDocument NotebookDocument { get; init; }

    /// <summary>The texts of its cells.</summary>
    public required IReadOnlyList<TextDocumentItem> CellTextDocuments { get; init; }
}

/// <summary>The parameters of <c>notebookDocument/didChange</c>.</summary>
internal sealed record DidChangeNotebookDocumentParams
{
    /// <summary>The notebook and its version after the change.</summary>
    public required VersionedNotebookDocumentIdentifier NotebookDocument { get; init; }

    /// <summary>The change.</summary>
    public required NotebookDocumentChangeEvent Change { get; init; }
}

/// <summary>A change of a notebook.</summary>
internal sealed record NotebookDocumentChangeEvent
{
    /// <summary>What changed in its cells; null where nothing did.</summary>
    public NotebookDocumentCellChanges? Cells { get; init; }
}

/// <summary>What changed in a notebook's cells.</summary>
internal sealed record NotebookDocumentCellChanges
{
    /// <summary>Cells that came and went.</summary>
    public NotebookDocumentCellChangeStructure? Structure { get; init; }

    /// <summary>Cells that are something else now, a kind for example.</summary>
    public IReadOnlyList<NotebookCell>? Data { get; init; }

    /// <summary>Cells whose text changed.</summary>
    public IReadOnlyList<NotebookDocumentCellContentChanges>? TextContent { get; init; }
}

/// <summary>Cells that came and went.</summary>
internal sealed record NotebookDocumentCellChangeStructure
{
    /// <summary>Where in the notebook.</summary>
    public required NotebookCellArrayChange Array { get; init; }

    /// <summary>The texts of the cells that came.</summary>
    public IReadOnlyList<TextDocumentItem>? DidOpen { get; init; }

    /// <summary>The texts of the cells that went.</summary>
    public IReadOnlyList<TextDocumentIdentifier>? DidClose { get; init; }
}

/// <summary>A run of cells that is replaced by another.</summary>
internal sealed record NotebookCellArrayChange
{
    /// <summary>The first cell of the run.</summary>
    public required int Start { get; init; }

    /// <summary>How many cells go.</summary>
    public required int DeleteCount { get; init; }

    /// <summary>The cells that come.</summary>
    public IReadOnlyList<NotebookCell>? Cells { get; init; }
}

/// <summary>A change of a cell's text.</summary>
internal sealed record NotebookDocumentCellContentChanges
{
    /// <inheritdoc cref="DidChangeTextDocumentParams.TextDocument"/>
    public required VersionedTextDocumentIdentifier Document { get; init; }

    /// <inheritdoc cref="DidChangeTextDocumentParams.ContentChanges"/>
    public required IReadOnlyList<TextDocumentContentChangeEvent> Changes { get; init; }
}

/// <summary>The parameters of <c>notebookDocument/didSave</c>.</summary>
internal sealed record DidSaveNotebookDocumentParams
{
    /// <summary>The notebook.</summary>
    public required NotebookDocumentIdentifier NotebookDocument { get; init; }
}

/// <summary>The parameters of <c>notebookDocument/didClose</c>.</summary>
internal sealed record DidCloseNotebookDocumentParams
{
    /// <summary>The notebook.</summary>
    public required NotebookDocumentIdentifier NotebookDocument { get; init; }

    /// <summary>The texts of its cells.</summary>
    public required IReadOnlyList<TextDocumentIdentifier> CellTextDocuments { get; init; }
}
