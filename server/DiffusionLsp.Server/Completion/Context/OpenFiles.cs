using System.Runtime.CompilerServices;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Trust;

namespace DiffusionLsp.Server.Completion.Context;

/// <summary>
/// The other open files as a source of related text: those of the same language that were edited or opened last,
/// but for the secret and the ignored. Each version of a document is indexed once, when it is first needed.
/// </summary>
internal sealed class OpenFiles
{
    private const int Most = 8;

    private readonly DocumentStore _documents;
    private readonly ConditionalWeakTable<TextDocument, PassageIndex> _indices = [];

    /// <summary>Makes it over the open documents.</summary>
    public OpenFiles(DocumentStore documents) => _documents = documents;

    /// <summary>Passages of other files that are like the text around a gap of a document; empty where there are none.</summary>
    public string RelatedTo(TextDocument document, ContextWindow window, DocumentRules rules)
    {
        IEnumerable<TextDocument> others = _documents.LatestFirst()
            .Where(other => other.Uri != document.Uri && other.LanguageId == document.LanguageId)
            .Where(other => rules.WhyLeftAlone(other.Uri) is null)
            .Take(Most)
            .OrderBy(other => other.Uri, StringComparer.Ordinal);
        return RelatedText.Find(window, others.Select(other => _indices.GetValue(other, made => new PassageIndex(made.Text))));
    }
}
