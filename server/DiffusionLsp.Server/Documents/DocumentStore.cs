using System.Collections.Concurrent;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Documents;

/// <summary>
/// The open documents, each in its newest version. Written by notifications in wire order only; read from any thread.
/// </summary>
internal sealed class DocumentStore
{
    private readonly ConcurrentDictionary<string, TextDocument> _documents = new(StringComparer.Ordinal);

    /// <summary>What the client counts characters in; settled before the first document comes.</summary>
    public PositionEncoding Encoding { get; set; }

    /// <summary>Takes a document in, in place of an older one of that name.</summary>
    public void Open(TextDocumentItem item) => _documents[item.Uri] =
        new TextDocument(item.Uri, item.LanguageId, item.Version, item.Text) { Encoding = Encoding };

    /// <summary>Changes a document.</summary>
    /// <exception cref="DocumentSyncException">It is not open, or the changes do not fit it.</exception>
    public void Change(DidChangeTextDocumentParams change)
    {
        string uri = change.TextDocument.Uri;
        TextDocument document = Find(uri)
            ?? throw new DocumentSyncException($"{uri}: changed, but not open.");
        _documents[uri] = document.Apply(change.TextDocument.Version, change.ContentChanges);
    }

    /// <summary>Forgets a document; nothing happens where it is not open.</summary>
    public void Close(string uri) => _documents.TryRemove(uri, out _);

    /// <summary>The newest version of a document, or null where it is not open.</summary>
    public TextDocument? Find(string uri) => _documents.GetValueOrDefault(uri);

    /// <summary>Whether nothing has happened to the document since this version.</summary>
    public bool IsCurrent(TextDocument version) => ReferenceEquals(Find(version.Uri), version);
}
