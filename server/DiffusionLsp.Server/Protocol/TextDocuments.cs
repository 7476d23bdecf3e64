using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>A place between two characters of a line, in the encoding agreed on; both count from zero.</summary>
/// <remarks>
/// The serializer must be told to use the constructor of a struct. Otherwise a missing number is silently zero.
/// </remarks>
[method: JsonConstructor]
internal readonly record struct Position(int Line, int Character);

/// <summary>A stretch of a document; the end is not part of it.</summary>
[method: JsonConstructor]
internal readonly record struct Range(Position Start, Position End);

/// <summary>Names a document.</summary>
internal sealed record TextDocumentIdentifier
{
    /// <summary>The URI, compared as the client writes it.</summary>
    public required string Uri { get; init; }
}

/// <summary>Names a document and the version that it has after the change at hand.</summary>
internal sealed record VersionedTextDocumentIdentifier
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>Grows with every change, not always by one.</summary>
    public required int Version { get; init; }
}

/// <summary>A document as the client hands it over.</summary>
internal sealed record TextDocumentItem
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>The client's name of the language, for example <c>python</c>.</summary>
    public required string LanguageId { get; init; }

    /// <inheritdoc cref="VersionedTextDocumentIdentifier.Version"/>
    public required int Version { get; init; }

    /// <summary>The whole text.</summary>
    [JsonConverter(typeof(DocumentTextConverter))]
    public required string Text { get; init; }
}

/// <summary>The parameters of <c>textDocument/didOpen</c>.</summary>
internal sealed record DidOpenTextDocumentParams
{
    /// <summary>The document.</summary>
    public required TextDocumentItem TextDocument { get; init; }
}

/// <summary>The parameters of <c>textDocument/didChange</c>.</summary>
internal sealed record DidChangeTextDocumentParams
{
    /// <summary>The document and its version after all changes.</summary>
    public required VersionedTextDocumentIdentifier TextDocument { get; init; }

    /// <summary>The changes; each one's range counts in the text that the one before it left.</summary>
    public required IReadOnlyList<TextDocumentContentChangeEvent> ContentChanges { get; init; }
}

/// <summary>One change: a replaced range, or the whole text where there is no range.</summary>
internal sealed record TextDocumentContentChangeEvent
{
    /// <summary>What is replaced; null replaces everything.</summary>
    public Range? Range { get; init; }

    /// <summary>Deprecated by the protocol and not read: the range says it.</summary>
    public int? RangeLength { get; init; }

    /// <summary>The new text.</summary>
    [JsonConverter(typeof(DocumentTextConverter))]
    public required string Text { get; init; }
}

/// <summary>
/// The parameters of <c>textDocument/didFocus</c>, which Copilot's clients send. The document is named in one of two
/// ways; where it is not, none has the focus.
/// </summary>
internal sealed record DidFocusParams
{
    /// <summary>The document.</summary>
    public TextDocumentIdentifier? TextDocument { get; init; }

    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public string? Uri { get; init; }
}

/// <summary>The parameters of <c>textDocument/didClose</c>.</summary>
internal sealed record DidCloseTextDocumentParams
{
    /// <summary>The document.</summary>
    public required TextDocumentIdentifier TextDocument { get; init; }
}
