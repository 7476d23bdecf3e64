using CsCheck;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Tests.Documents;

/// <summary>Documents against a model so simple that it cannot be wrong: one walk over the characters.</summary>
public sealed class TextDocumentTests
{
    private static readonly Gen<string> _text = Gen.OneOf(
        "a", "bc", " ", "\n", "\r\n", "\r", "\n\n", "é", "\ud83d\ude00", "\ud83d", "\ude00", "\u2028", "\t", "}").Array[0, 12]
        .Select(string.Concat);

    private static readonly Gen<Position> _position = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 12]).Select((line, character) =>
        new Position(line, character));

    private static readonly Gen<TextDocumentContentChangeEvent> _change = Gen.Select(_position, _position, _text, Gen.Int[0, 9])
        .Select((one, other, text, kind) => new TextDocumentContentChangeEvent
        {
            Range = kind == 0 ? null : InOrder(one, other),
            Text = text,
        });

    [Fact]
    public void Random_edits_give_what_a_naive_rebuild_gives() =>
        Gen.Select(_text, _change.Array[1, 8]).Sample(
            (start, changes) =>
            {
                TextDocument document = new("file:///a", "x", 1, start);
                string naive = start;
                foreach (TextDocumentContentChangeEvent change in changes)
                {
                    document = document.Apply(document.Version + 1, [change]);
                    naive = NaiveEdit(naive, change);
                    Assert.Equal(naive, document.Text);
                }

                Assert.Equal(naive, new TextDocument("file:///a", "x", 1, start).Apply(2, changes).Text);
            },
            iter: 20_000);

    [Fact]
    public void Every_offset_between_line_breaks_has_a_position_that_leads_back_to_it() =>
        _text.Sample(
            text =>
            {
                TextDocument document = new("file:///a", "x", 1, text);
                for (int offset = 0; offset <= text.Length; offset++)
                {
                    bool isWithinBreak = offset > 0 && offset < text.Length && text[offset - 1] == '\r' && text[offset] == '\n';
                    if (!isWithinBreak)
                    {
                        Assert.Equal(offset, document.OffsetAt(document.PositionAt(offset)));
                    }
                }
            },
            iter: 5_000);

    [Theory]
    [InlineData("", "\n")]
    [InlineData("a\r\nb\n", "\r\n")]
    [InlineData("a\nb\r\n", "\n")]
    [InlineData("a\rb", "\r")]
    [InlineData("a\r", "\r")]
    public void The_line_ending_is_the_first_ones(string text, string ending) =>
        Assert.Equal(ending, new TextDocument("file:///a", "x", 1, text).LineEnding);

    [Fact]
    public void An_edit_without_changes_is_a_version_of_its_own()
    {
        DocumentStore store = new();
        store.Open(new TextDocumentItem { Uri = "u", LanguageId = "x", Version = 1, Text = "t" });
        TextDocument before = store.Find("u")!;
        store.Change(Edit("u", 1));
        Assert.False(store.IsCurrent(before));
        Assert.Equal("t", store.Find("u")!.Text);
        store.Close("u");
        Assert.Null(store.Find("u"));
        Assert.Throws<DocumentSyncException>(() => store.Change(Edit("u", 2)));
    }

    [Fact]
    public void A_version_that_goes_back_is_an_error() =>
        Assert.Throws<DocumentSyncException>(() => new TextDocument("u", "x", 5, "").Apply(4, []));

    [Theory]
    [InlineData(0, 1, 0, 0)]
    [InlineData(1, 0, 0, 5)]
    [InlineData(0, -1, 0, 0)]
    [InlineData(-1, 0, 0, 0)]
    [InlineData(0, 0, 1, -1)]
    public void A_range_that_is_none_is_an_error(int line, int character, int endLine, int endCharacter)
    {
        TextDocumentContentChangeEvent change = new()
        {
            Range = new Range(new Position(line, character), new Position(endLine, endCharacter)),
            Text = "x",
        };
        Assert.Throws<DocumentSyncException>(() => new TextDocument("u", "x", 1, "ab\ncd").Apply(2, [change]));
    }

    [Fact]
    public void A_line_of_ten_million_characters_is_edited_within_the_blink_of_an_eye()
    {
        TextDocument document = new("u", "x", 1, new string('a', 10_000_000));
        TextDocumentContentChangeEvent change = new()
        {
            Range = new Range(new Position(0, 5_000_000), new Position(0, 5_000_001)),
            Text = "b",
        };
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        document = document.Apply(2, [change]);
        Assert.Equal(5_000_000, document.OffsetAt(new Position(0, 5_000_000)));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"{clock.Elapsed}");
    }

    private static DidChangeTextDocumentParams Edit(string uri, int version) => new()
    {
        TextDocument = new VersionedTextDocumentIdentifier { Uri = uri, Version = version },
        ContentChanges = [],
    };

    private static Range InOrder(Position one, Position other) =>
        (one.Line, one.Character).CompareTo((other.Line, other.Character)) <= 0
            ? new Range(one, other) : new Range(other, one);

    private static string NaiveEdit(string text, TextDocumentContentChangeEvent change) => change.Range is { } range
        ? text[..NaiveOffset(text, range.Start)] + change.Text + text[NaiveOffset(text, range.End)..]
        : change.Text;

    private static int NaiveOffset(string text, Position position)
    {
        int line = 0;
        int character = 0;
        for (int offset = 0; offset < text.Length; offset++)
        {
            bool isBreak = text[offset] is '\r' or '\n';
            if (line == position.Line && (character == position.Character || isBreak))
            {
                return offset;
            }

            character++;
            if (isBreak && !(text[offset] == '\r' && offset + 1 < text.Length && text[offset + 1] == '\n'))
            {
                line++;
                character = 0;
            }
        }

        return text.Length;
    }
}
