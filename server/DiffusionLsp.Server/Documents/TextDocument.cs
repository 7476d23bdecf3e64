using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Documents;

/// <summary>
/// One version of a document. Immutable, so that a request which holds it keeps seeing the text it was asked about
/// while edits go on. Positions count as the client does, see <see cref="PositionEncoding"/>; offsets are those of C#'s
/// strings. No position splits a code point: one that lies within a code point means its start.
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

    /// <summary>What the characters of its positions are.</summary>
    public PositionEncoding Encoding { get; init; }

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
            current = current.With(version, current.TextAfter(change));
        }

        return ReferenceEquals(current, this) ? With(version, Text) : current;
    }

    /// <summary>
    /// The offset of a position. A character past the line's end means the line's end, a line past the last means
    /// the text's end, as the protocol and its clients have it; a character within a code point means its start.
    /// </summary>
    public int OffsetAt(Position position)
    {
        int offset = UnitOffsetAt(position);
        return SplitsPair(Text, offset) ? offset - 1 : offset;
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
        return new Position(line, Encoding.Count(Text.AsSpan(LineStarts[line]..offset)));
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

        int start = UnitOffsetAt(range.Start);
        int end = UnitOffsetAt(range.End);
        string exact = Replace(start, end, change.Text);

        // A client that replaces one half of a surrogate pair by another is followed to the letter, because the halves
        // make a code point again. Any other edit that begins or ends within a pair would leave halves behind.
        bool leavesHalves = (SplitsPair(Text, start) && !SplitsPair(exact, start))
            || (SplitsPair(Text, end) && !SplitsPair(exact, start + change.Text.Length));
        return leavesHalves ? Replace(OffsetAt(range.Start), OffsetAt(range.End), change.Text) : exact;
    }

    private TextDocument With(int version, string text) =>
        new(Uri, LanguageId, version, text) { Encoding = Encoding };

    private string Replace(int start, int end, string text) =>
        string.Concat(Text.AsSpan(0, start), text, Text.AsSpan(end));

    private int UnitOffsetAt(Position position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position.Line);
        ArgumentOutOfRangeException.ThrowIfNegative(position.Character);
        return position.Line >= LineStarts.Length
            ? Text.Length
            : LineStarts[position.Line] + Encoding.OffsetOf(Line(position.Line), position.Character);
    }

    private ReadOnlySpan<char> Line(int line)
    {
        int end = line + 1 < LineStarts.Length ? LineStarts[line + 1] : Text.Length;
        return Text.AsSpan(LineStarts[line]..end).TrimEnd("\r\n");
    }

    private static bool SplitsPair(string text, int offset) =>
        offset > 0 && offset < text.Length && char.IsSurrogatePair(text[offset - 1], text[offset]);

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
