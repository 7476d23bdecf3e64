using CsCheck;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Tests.Documents;

/// <summary>Positions and edits in the three encodings, against <see cref="NaiveDocument"/> and by example.</summary>
public sealed class PositionEncodingTests
{
    private const string Grin = "\ud83d\ude00";

    private static readonly Gen<string> _text = Gen.OneOf(
        "a", "bc", " ", "\n", "\r\n", "\r", "\n\n", "é", "\u20ac", Grin, "\ud83d\ude01", "\ud83d", "\ude00", "\u2028", "\t", "}")
        .Array[0, 12].Select(string.Concat);

    private static readonly Gen<Position> _position = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 12])
        .Select((line, character) => new Position(line, character));

    private static readonly Gen<TextDocumentContentChangeEvent> _change = Gen.Select(_position, _position, _text, Gen.Int[0, 19])
        .Select((one, other, text, kind) => new TextDocumentContentChangeEvent
        {
            Range = kind == 0 ? null : InOrder(one, other),
            Text = text,
        });

    public static TheoryData<string> Encodings => ["utf-8", "utf-16", "utf-32"];

    /// <remarks>Three times 8,400 documents of four edits each: more than a hundred thousand edits.</remarks>
    [Theory]
    [MemberData(nameof(Encodings))]
    public void Random_edits_give_what_a_naive_rebuild_gives(string encoding) =>
        Gen.Select(_text, _change.Array[4]).Sample(
            (start, changes) =>
            {
                TextDocument document = New(encoding, start);
                string naive = start;
                foreach (TextDocumentContentChangeEvent change in changes)
                {
                    document = document.Apply(document.Version + 1, [change]);
                    naive = NaiveDocument.Edit(encoding, naive, change);
                    Assert.Equal(naive, document.Text);
                }

                Assert.Equal(naive, New(encoding, start).Apply(2, changes).Text);
            },
            iter: 8_400);

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Random_positions_lie_where_a_naive_walk_finds_them(string encoding) =>
        Gen.Select(_text, _position).Sample(
            (text, position) => Assert.Equal(
                NaiveDocument.OffsetAt(encoding, text, position), New(encoding, text).OffsetAt(position)),
            iter: 20_000);

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Every_border_of_characters_has_a_position_that_leads_back_to_it(string encoding) =>
        _text.Sample(
            text =>
            {
                TextDocument document = New(encoding, text);
                int offset = 0;
                foreach (string character in NaiveDocument.Characters(text).Append(""))
                {
                    Assert.Equal(offset, document.OffsetAt(document.PositionAt(offset)));
                    offset += character.Length;
                }
            },
            iter: 5_000);

    [Theory]
    [InlineData("utf-16", 0, 0)]
    [InlineData("utf-16", 2, 2)]
    [InlineData("utf-16", 3, 2)]
    [InlineData("utf-16", 4, 4)]
    [InlineData("utf-16", 99, 5)]
    [InlineData("utf-8", 2, 1)]
    [InlineData("utf-8", 3, 2)]
    [InlineData("utf-8", 4, 2)]
    [InlineData("utf-8", 6, 2)]
    [InlineData("utf-8", 7, 4)]
    [InlineData("utf-8", 2_000_000_000, 5)]
    [InlineData("utf-32", 2, 2)]
    [InlineData("utf-32", 3, 4)]
    [InlineData("utf-32", 4, 5)]
    [InlineData("utf-32", 5, 5)]
    public void A_character_within_a_code_point_is_its_start_and_one_past_the_line_is_its_end(
        string encoding, int character, int offset) =>
        Assert.Equal(offset, New(encoding, $"aé{Grin}b\r\nc").OffsetAt(new Position(0, character)));

    [Theory]
    [InlineData("utf-16", 1, 1, "x", $"x{Grin}")]
    [InlineData("utf-16", 1, 2, "x", "x")]
    [InlineData("utf-16", 0, 1, "x", $"x{Grin}")]
    [InlineData("utf-16", 1, 2, "", "")]
    [InlineData("utf-8", 1, 3, "x", $"x{Grin}")]
    [InlineData("utf-8", 2, 4, "x", "x")]
    public void An_edit_within_a_code_point_leaves_no_half_behind(
        string encoding, int start, int end, string inserted, string expected) =>
        Assert.Equal(expected, Edited(encoding, start, end, inserted));

    [Fact]
    public void An_edit_that_puts_one_half_in_place_of_another_is_followed_to_the_letter()
    {
        Assert.Equal("\ud83d\ude01", Edited("utf-16", 1, 2, "\ude01"));
        Assert.Equal("\ud83e\ude00", Edited("utf-16", 0, 1, "\ud83e"));
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-32", "utf-32", "utf-8", "utf-16")]
    [InlineData("utf-8", "utf-7", "utf-8", "utf-16")]
    [InlineData("utf-16", "utf-7", "UTF-8")]
    public void The_first_known_encoding_of_the_client_is_taken(string chosen, params string[] offered) =>
        Assert.Equal(chosen, PositionEncodings.Choose(offered).Name());

    private static string Edited(string encoding, int start, int end, string inserted)
    {
        TextDocumentContentChangeEvent change = new()
        {
            Range = new Range(new Position(0, start), new Position(0, end)),
            Text = inserted,
        };
        return New(encoding, Grin).Apply(2, [change]).Text;
    }

    private static TextDocument New(string encoding, string text) =>
        new("file:///a", "x", 1, text) { Encoding = PositionEncodings.Choose([encoding]) };

    private static Range InOrder(Position one, Position other) =>
        (one.Line, one.Character).CompareTo((other.Line, other.Character)) <= 0
            ? new Range(one, other) : new Range(other, one);
}
