using System.Runtime.CompilerServices;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.EditorState;
using DiffusionLsp.Server.Trust;

namespace DiffusionLsp.Server.Completion.Context;

/// <summary>
/// The other open files as a source of related text: those of the same language that were edited or opened last, and what
/// the editor tells of definitions and places, but for the secret and the ignored. Each version of a document is indexed
/// once, when it is first needed.
/// </summary>
internal sealed class OpenFiles
{
    private const int Most = 8;

    private readonly DocumentStore _documents;
    private readonly Editor _editor;
    private readonly ConditionalWeakTable<TextDocument, PassageIndex> _indices = [];

    /// <summary>Makes it over the open documents and what the editor tells beside them.</summary>
    public OpenFiles(DocumentStore documents, Editor editor)
    {
        _documents = documents;
        _editor = editor;
    }

    /// <summary>Passages of other files that are like the text around a gap of a document; empty where there are none.</summary>
    public string RelatedTo(TextDocument document, ContextWindow window, DocumentRules rules)
    {
        IEnumerable<TextDocument> others = _documents.LatestFirst()
            .Where(other => other.Uri != document.Uri && other.LanguageId == document.LanguageId)
            .Where(other => rules.WhyLeftAlone(other.Uri) is null)
            .Take(Most)
            .OrderBy(other => other.Uri, StringComparer.Ordinal);
        return RelatedText.Find(
            window,
            [.. Told(document, rules), .. others.Select(other => _indices.GetValue(other, made => new PassageIndex(made.Text)))]);
    }

    private IEnumerable<PassageIndex> Told(TextDocument document, DocumentRules rules)
    {
        EditorContext told = _editor.Context;
        return told.Definitions.Select(place => (place.Uri, Text: (string?)place.Text))
            .Concat(told.RecentPlaces.Select(place => (place.Uri, place.Text)))
            .Where(place => place.Text is not null && place.Uri != document.Uri && rules.WhyLeftAlone(place.Uri) is null)
            .Select(place => new PassageIndex(place.Text!));
    }
}
