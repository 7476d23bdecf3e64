using System.Collections.Concurrent;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Documents;

/// <summary>
/// The open documents and cells of notebooks, each in its newest version. Written by notifications in wire order only;
/// read from any thread.
/// </summary>
internal sealed class DocumentStore
{
    private readonly ConcurrentDictionary<string, TextDocument> _documents = new(StringComparer.Ordinal);

    /// <summary>What the client counts characters in; settled before the first document comes.</summary>
    public PositionEncoding Encoding { get; set; }

    /// <summary>Takes a document in, in place of an older one of that name.</summary>
    public void Open(TextDocumentItem item) => _documents[DocumentUri.Key(item.Uri)] =
        new TextDocument(item.Uri, item.LanguageId, item.Version, item.Text) { Encoding = Encoding };

    /// <summary>Changes a document.</summary>
    /// <exception cref="DocumentSyncException">It is not open, or the changes do not fit it.</exception>
    public void Change(VersionedTextDocumentIdentifier changed, IEnumerable<TextDocumentContentChangeEvent> changes)
    {
        TextDocument document = Find(changed.Uri)
            ?? throw new DocumentSyncException($"{changed.Uri}: changed, but not open.");
        _documents[DocumentUri.Key(changed.Uri)] = document.Apply(changed.Version, changes);
    }

    /// <summary>Forgets a document.</summary>
    /// <returns>Its last version; null where it was not open.</returns>
    public TextDocument? Close(string uri) =>
        _documents.TryRemove(DocumentUri.Key(uri), out TextDocument? closed) ? closed : null;

    /// <summary>The newest version of a document, or null where it is not open.</summary>
    public TextDocument? Find(string uri) => _documents.GetValueOrDefault(DocumentUri.Key(uri));

    /// <summary>The documents, those that were opened or edited last before the others.</summary>
    public IEnumerable<TextDocument> LatestFirst() => _documents.Values.OrderByDescending(document => document.Age);

    /// <summary>Whether nothing has happened to the document since this version.</summary>
    public bool IsCurrent(TextDocument version) => ReferenceEquals(Find(version.Uri), version);
}
