using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// Where a suggestion goes: one version of a document, the range that the suggestion replaces, the text it must
/// begin with, and the window around it. Made before a request's first await and never changed.
/// </summary>
internal sealed record CompletionSite
{
    /// <summary>The version that the client asked about.</summary>
    public required TextDocument Document { get; init; }

    /// <summary>What the suggestion replaces: nothing, at the cursor, or what a selected pop-up item replaces.</summary>
    public required Range Range { get; init; }

    /// <summary>The text of the selected pop-up item; empty where none is selected.</summary>
    public required string Selected { get; init; }

    /// <summary>The text around the gap, the selected item's included.</summary>
    public required ContextWindow Window { get; init; }

    /// <summary>The site at a cursor.</summary>
    public static CompletionSite? At(TextDocument document, Position cursor) =>
        At(document, new Range(cursor, cursor), "");

    /// <summary>The site of a request, or null where no one-line range can be replaced.</summary>
    public static CompletionSite? At(TextDocument document, InlineCompletionParams request)
    {
        SelectedCompletionInfo? selected = request.Context.SelectedCompletionInfo;
        return At(document, selected?.Range ?? new Range(request.Position, request.Position), selected?.Text ?? "");
    }

    private static CompletionSite? At(TextDocument document, Range asked, string text)
    {
        if (!TextDocument.IsRange(asked))
        {
            return null;
        }

        int start = document.OffsetAt(asked.Start);
        int end = document.OffsetAt(asked.End);
        Range range = new(document.PositionAt(start), document.PositionAt(end));
        if (range.Start.Line != range.End.Line)
        {
            return null;
        }

        ReadOnlySpan<char> before = document.Text.AsSpan(0, start);
        ReadOnlySpan<char> after = document.Text.AsSpan(end);
        ContextWindow window =
            text.Length == 0 ? ContextWindow.Fit(before, after) : ContextWindow.Fit($"{before}{text}", after);
        return new CompletionSite
        {
            Document = document,
            Range = range,
            Selected = text,
            Window = window with { Language = SourceLanguage.OfId(document.LanguageId).Name },
        };
    }

    /// <summary>The client's form of suggestions: the selected text and each middle, in the document's line ends.</summary>
    public InlineCompletionList Show(params IEnumerable<string> middles) => new()
    {
        Items =
        [
            .. middles.Select(middle => new InlineCompletionItem
            {
                InsertText = Selected + middle.ReplaceLineEndings(Document.LineEnding),
                Range = Range,
            }),
        ],
    };
}
