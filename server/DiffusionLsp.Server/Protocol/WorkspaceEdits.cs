using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>Changes of documents.</summary>
internal sealed record WorkspaceEdit
{
    /// <summary>The changes by document, for clients that know no versions here.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TextEdit>>? Changes { get; init; }

    /// <summary>The changes by version of a document.</summary>
    public IReadOnlyList<TextDocumentEdit>? DocumentChanges { get; init; }

    /// <summary>What is said of the changes, by the ids that they carry.</summary>
    public IReadOnlyDictionary<string, ChangeAnnotation>? ChangeAnnotations { get; init; }
}

/// <summary>Changes of one version of a document.</summary>
internal sealed record TextDocumentEdit
{
    /// <summary>The document in the version that is changed.</summary>
    public required OptionalVersionedTextDocumentIdentifier TextDocument { get; init; }

    /// <summary>The changes.</summary>
    public required IReadOnlyList<TextEdit> Edits { get; init; }
}

/// <summary>Names a document and perhaps its version.</summary>
internal sealed record OptionalVersionedTextDocumentIdentifier
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>The version; null: whatever is on the disk.</summary>
    public int? Version { get; init; }
}

/// <summary>A replaced range.</summary>
[JsonDerivedType(typeof(AnnotatedTextEdit))]
internal record TextEdit
{
    /// <summary>What is replaced.</summary>
    public required Range Range { get; init; }

    /// <summary>What stands there afterwards.</summary>
    public required string NewText { get; init; }
}

/// <summary>A replaced range of which something is said.</summary>
internal sealed record AnnotatedTextEdit : TextEdit
{
    /// <summary>The id under which it is said.</summary>
    public required string AnnotationId { get; init; }
}

/// <summary>What is said of a change.</summary>
internal sealed record ChangeAnnotation
{
    /// <summary>The line for people.</summary>
    public required string Label { get; init; }

    /// <summary>Whether the user is to look at it first.</summary>
    public bool? NeedsConfirmation { get; init; }
}

/// <summary>The parameters of <c>workspace/applyEdit</c>.</summary>
internal sealed record ApplyWorkspaceEditParams
{
    /// <summary>What an editor's undo list calls it.</summary>
    public string? Label { get; init; }

    /// <summary>The edit.</summary>
    public required WorkspaceEdit Edit { get; init; }
}

/// <summary>The answer to <c>workspace/applyEdit</c>.</summary>
internal sealed record ApplyWorkspaceEditResult
{
    /// <summary>Whether the client did it.</summary>
    public required bool Applied { get; init; }

    /// <summary>Why it did not.</summary>
    public string? FailureReason { get; init; }
}
