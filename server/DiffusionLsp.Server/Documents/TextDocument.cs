using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Documents;

/// <summary>
/// One version of a document. Immutable, so that a request which holds it keeps seeing the text it was asked about
/// while edits go on. Counts in UTF-16 code units, as the protocol's default and C#'s strings do.
/// </summary>
internal sealed class TextDocument
{
    private static long s_made;

    private int[]? _lineStarts;

    /// <summary>Makes the document.</summary>
    public TextDocument(string uri, string languageId, int version, string text)
    {
        Uri = uri;
        LanguageId = languageId;
        Version = version;
        Text = text;
    }

    /// <summary>The URI, as the client writes it.</summary>
    public string Uri { get; }

    /// <summary>The client's name of the language.</summary>
    public string LanguageId { get; }

    /// <summary>The client's number of this version.</summary>
    public int Version { get; }

    /// <summary>Counts up from version to version over all documents: the newest has the highest.</summary>
    public long Age { get; } = Interlocked.Increment(ref s_made);

    /// <summary>The whole text, with the line ends it came with.</summary>
    public string Text { get; }

    /// <summary>The first line end of the text: what a suggestion of several lines uses too.</summary>
    public string LineEnding
    {
        get
        {
            int end = Text.AsSpan().IndexOfAny('\r', '\n');
            return end < 0 ? "\n" : Text.Substring(end, LineBreakLength(Text, end));
        }
    }

    // Made on demand: most versions of a document are replaced before anybody asks for a position in them twice.
    private int[] LineStarts => _lineStarts ??= FindLineStarts(Text);

    /// <summary>The text after a client's changes, one after the other.</summary>
    /// <exception cref="DocumentSyncException">The version goes back, or a range is reversed or negative.</exception>
    public TextDocument Apply(int version, IEnumerable<TextDocumentContentChangeEvent> changes)
    {
        if (version < Version)
        {
            throw new DocumentSyncException($"{Uri}: the version went back from {Version} to {version}.");
        }

        TextDocument current = this;
        foreach (TextDocumentContentChangeEvent change in changes)
        {
            current = new TextDocument(Uri, LanguageId, version, current.TextAfter(change));
        }

        return ReferenceEquals(current, this) ? new TextDocument(Uri, LanguageId, version, Text) : current;
    }

    /// <summary>
    /// The offset of a position. A character past the line's end means the line's end, a line past the last means
    /// the text's end, as the protocol and its clients have it.
    /// </summary>
    public int OffsetAt(Position position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position.Line);
        ArgumentOutOfRangeException.ThrowIfNegative(position.Character);
        if (position.Line >= LineStarts.Length)
        {
            return Text.Length;
        }

        int start = LineStarts[position.Line];
        return start + Math.Min(position.Character, LineLength(position.Line));
    }

    /// <summary>Whether a range is one: nothing in it is negative, and it does not end before it starts.</summary>
    public static bool IsRange(Range range) =>
        range is { Start: { Line: >= 0, Character: >= 0 }, End.Character: >= 0 }
        && (range.Start.Line, range.Start.Character).CompareTo((range.End.Line, range.End.Character)) <= 0;

    /// <summary>The position of an offset.</summary>
    public Position PositionAt(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Text.Length);
        int found = Array.BinarySearch(LineStarts, offset);
        int line = found >= 0 ? found : ~found - 1;
        return new Position(line, offset - LineStarts[line]);
    }

    private string TextAfter(TextDocumentContentChangeEvent change)
    {
        if (change.Range is not { } range)
        {
            return change.Text;
        }

        if (!IsRange(range))
        {
            throw new DocumentSyncException(
                $"{Uri}: {range.Start.Line}:{range.Start.Character} to {range.End.Line}:{range.End.Character} " +
                "is no range.");
        }

        return string.Concat(
            Text.AsSpan(0, OffsetAt(range.Start)), change.Text, Text.AsSpan(OffsetAt(range.End)));
    }


    private int LineLength(int line)
    {
        int start = LineStarts[line];
        ReadOnlySpan<char> rest = line + 1 < LineStarts.Length
            ? Text.AsSpan(start, LineStarts[line + 1] - start)
            : Text.AsSpan(start);
        int end = rest.IndexOfAny('\r', '\n');
        return end < 0 ? rest.Length : end;
    }

    private static int[] FindLineStarts(string text)
    {
        List<int> starts = [0];
        int at = 0;
        while (text.AsSpan(at).IndexOfAny('\r', '\n') is >= 0 and var found)
        {
            at += found;
            at += LineBreakLength(text, at);
            starts.Add(at);
        }

        return [.. starts];
    }

    private static int LineBreakLength(string text, int at) =>
        text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
}
