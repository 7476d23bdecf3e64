using System.Runtime.CompilerServices;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.EditorState;
using DiffusionLsp.Server.Trust;

namespace DiffusionLsp.Server.Completion.Context;

/// <summary>
/// The other open files as a source of related text: those of the same language that were edited or opened last, and what
/// the editor tells of definitions and places in that language, but for the secret and the ignored. Each version of a
/// document, and each text that is told, is indexed once, when it is first needed.
/// </summary>
internal sealed class OpenFiles
{
    private const int Most = 8;

    private readonly DocumentStore _documents;
    private readonly Editor _editor;
    private readonly ConditionalWeakTable<TextDocument, PassageIndex> _indices = [];
    private readonly Lock _lock = new();
    private EditorContext _context = EditorContext.Empty;
    private ToldText[] _told = [];

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

    private IEnumerable<PassageIndex> Told(TextDocument document, DocumentRules rules) => TextsTold()
        .Where(told => told.Uri != document.Uri && IsOfLanguage(told.Uri, document) && rules.WhyLeftAlone(told.Uri) is null)
        .Select(told => told.Index);

    // A client tells most of what it told before with every message, and an index takes longer than a look at the text.
    private ToldText[] TextsTold()
    {
        EditorContext context = _editor.Context;
        lock (_lock)
        {
            if (context != _context)
            {
                ToldText[] before = _told;
                _told =
                [
                    .. context.Definitions.Select(place => (place.Uri, Text: (string?)place.Text))
                        .Concat(context.RecentPlaces.Select(place => (place.Uri, place.Text)))
                        .Where(place => place.Text is not null)
                        .Distinct()
                        .Select(place => Array.Find(before, told => told.Uri == place.Uri && told.Text == place.Text)
                            ?? new ToldText(place.Uri, place.Text!)),
                ];
                _context = context;
            }

            return _told;
        }
    }

    // The place may be in a document that is not open: its name says what it is in.
    private bool IsOfLanguage(string uri, TextDocument document)
    {
        if (_documents.Find(uri) is { } open)
        {
            return open.LanguageId == document.LanguageId;
        }

        string path = DocumentPath.Of(uri).Readings[0];
        return SourceLanguage.OfId(document.LanguageId).Name is { } language
            ? SourceLanguage.OfFile(path).Name == language
            : string.Equals(
                Path.GetExtension(path), Path.GetExtension(DocumentPath.Of(document.Uri).Readings[0]), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A text that the editor tells.</summary>
    private sealed class ToldText(string uri, string text)
    {
        private readonly Lazy<PassageIndex> _index = new(() => new PassageIndex(text));

        public string Uri => uri;

        public string Text => text;

        public PassageIndex Index => _index.Value;
    }
}
