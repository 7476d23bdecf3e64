using System.Text.Json;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Edits;

/// <summary>An edit that the user may choose.</summary>
/// <param name="Title">The line in the menu.</param>
/// <param name="Site">Where it goes.</param>
internal sealed record EditOffer(string Title, EditSite Site)
{
    /// <summary>The diagnostic that it is for, as the client sent it; null where it is for none.</summary>
    public JsonElement? Diagnostic { get; init; }
}

/// <summary>What the offers depend on beside the document.</summary>
internal sealed record EditOfferOptions
{
    /// <summary>The user's own markers of a place to fill in.</summary>
    public IReadOnlyList<string> FillMarkers { get; init; } = [];

    /// <summary>Whether the model does what a comment says.</summary>
    public bool FollowsInstructions { get; init; }
}

/// <summary>
/// Which edits are offered at a selection. It reads the document and what the client says of it, and never asks the engine:
/// editors ask for code actions at every move of the cursor.
/// </summary>
internal sealed class EditOffers
{
    private const int LongestMessage = 60;

    private readonly TextDocument _document;
    private readonly CodeActionParams _asked;
    private readonly EditOfferOptions _options;
    private readonly TextSpan _selection;
    private readonly Lazy<string> _code;

    private EditOffers(TextDocument document, CodeActionParams asked, EditOfferOptions options)
    {
        _document = document;
        _asked = asked;
        _options = options;
        _selection = SpanOf(asked.Range);
        _code = new Lazy<string>(() => BareCode.Of(document.Text, SourceLanguage.OfId(document.LanguageId)));
    }

    /// <summary>The offers for a request; none where its range is none, or absurdly long.</summary>
    public static IReadOnlyList<EditOffer> For(TextDocument document, CodeActionParams asked, EditOfferOptions options)
    {
        if (!TextDocument.IsRange(asked.Range))
        {
            return [];
        }

        EditOffers offers = new(document, asked, options);
        return EditSite.IsAbsurd(document, offers._selection)
            ? []
            : [.. offers.All().Where(offer => !EditSite.IsAbsurd(document, offer.Site.Span))];
    }

    private IEnumerable<EditOffer> All() =>
        [
            .. Wanted(EditKind.Fix, Fixes),
            .. Wanted(EditKind.Fill, Fills),
            .. Wanted(EditKind.Regenerate, Regenerations),
            .. Wanted(EditKind.Comment, Rewritings),
        ];

    private IEnumerable<EditOffer> Wanted(EditKind kind, Func<IEnumerable<EditOffer>> offers) =>
        kind.IsAmong(_asked.Context.Only) ? offers() : [];

    private IEnumerable<EditOffer> Fixes()
    {
        foreach (JsonElement raw in _asked.Context.Diagnostics)
        {
            Diagnostic diagnostic = raw.Deserialize(LspJson.Default.Diagnostic)
                ?? throw new JsonException("A diagnostic is null.");
            if (TextDocument.IsRange(diagnostic.Range))
            {
                TextSpan grown = GrownRange.Of(_document.Text, _code.Value, SpanOf(diagnostic.Range));
                yield return new EditOffer($"Fix: {Line(diagnostic.Message)}", Site(EditKind.Fix, grown)) { Diagnostic = raw };
            }
        }
    }

    private IEnumerable<EditOffer> Fills() =>
        Placeholder.Find(_document, _code.Value, _selection.Start, _options.FillMarkers) is { } found
            ? [new EditOffer("Fill in", Site(EditKind.Fill, found.Span) with { Lead = found.Lead })]
            : [];

    // The blanks around a selection stay: nobody means them, and a line break that goes joins two lines.
    private IEnumerable<EditOffer> Regenerations() => _selection.Length > 0
        ? [new EditOffer("Regenerate selection", Site(EditKind.Regenerate, _selection.Trimmed(_document.Text)))]
        : [];

    private IEnumerable<EditOffer> Rewritings() =>
        _options.FollowsInstructions && _selection.Length > 0
        && CommentedCode.In(_document.Text, _code.Value, _selection) is { } span
            ? [new EditOffer("Rewrite as the comment says", Site(EditKind.Comment, span))]
            : [];

    private EditSite Site(EditKind kind, TextSpan span) => new(_document, kind, span, "");

    private TextSpan SpanOf(Range range) => new(_document.OffsetAt(range.Start), _document.OffsetAt(range.End));

    /// <summary>A diagnostic's message as a short line.</summary>
    private static string Line(JsonElement message)
    {
        JsonElement said = message.ValueKind == JsonValueKind.Object && message.TryGetProperty("value", out JsonElement value)
            ? value
            : message;
        string line = said.ValueKind == JsonValueKind.String ? said.GetString()!.ReplaceLineEndings(" ").Trim() : "";
        int cut = char.IsHighSurrogate(line.ElementAtOrDefault(LongestMessage - 1)) ? LongestMessage - 1 : LongestMessage;
        return line.Length == 0 ? "this" : line.Length <= LongestMessage ? line : line[..cut] + "…";
    }
}
