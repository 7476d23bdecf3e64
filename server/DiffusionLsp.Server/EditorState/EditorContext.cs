using System.Collections.Immutable;
using System.Text;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.EditorState;

/// <summary>
/// What the user looks at beside the document at hand, as the client last told it. Immutable and bounded: a client can
/// fill no more than <see cref="MostEntries"/> times <see cref="MostBytes"/> of memory, whatever it sends.
/// </summary>
/// <param name="VisibleEditors">What the editor shows.</param>
/// <param name="RecentPlaces">Where the user has been, the latest place first.</param>
/// <param name="Definitions">What names around the cursor stand for.</param>
internal sealed record EditorContext(
    ImmutableArray<VisibleEditor> VisibleEditors,
    ImmutableArray<RecentPlace> RecentPlaces,
    ImmutableArray<KnownDefinition> Definitions)
{
    /// <summary>The most entries, all kinds together; what comes after them is left out.</summary>
    public const int MostEntries = 32;

    /// <summary>The most bytes of an entry; a larger one is left out, because half a definition misleads.</summary>
    public const int MostBytes = 4096;

    private const int RangeBytes = 4 * sizeof(int);

    /// <summary>Before the client has told anything.</summary>
    public static EditorContext Empty { get; } = new([], [], []);

    /// <summary>What of a client's message makes sense, within the bounds.</summary>
    public static EditorContext Of(EditorContextParams sent)
    {
        ImmutableArray<VisibleEditor> visible = Take(sent.VisibleEditors, 0, editor =>
            IsEntry(editor.Uri, editor.Ranges, editor.Uri));
        ImmutableArray<RecentPlace> places = Take(sent.RecentPlaces, visible.Length, place =>
            IsEntry(place.Uri, [place.Range], place.Uri, place.Text));
        ImmutableArray<KnownDefinition> definitions = Take(sent.Definitions, visible.Length + places.Length, definition =>
            IsEntry(definition.Name, [definition.Range], definition.Name, definition.Uri, definition.Text));
        return new EditorContext(visible, places, definitions);
    }

    private static ImmutableArray<T> Take<T>(IEnumerable<T>? entries, int taken, Func<T, bool> isEntry) =>
        [.. (entries ?? []).Where(isEntry).Take(MostEntries - taken)];

    private static bool IsEntry(string key, IReadOnlyList<Range> ranges, params ReadOnlySpan<string?> texts)
    {
        long bytes = (long)ranges.Count * RangeBytes;
        foreach (string? text in texts)
        {
            bytes += Encoding.UTF8.GetByteCount(text ?? "");
        }

        return key.Length > 0 && bytes <= MostBytes && ranges.All(TextDocument.IsRange);
    }
}
