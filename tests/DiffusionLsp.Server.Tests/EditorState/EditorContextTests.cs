using DiffusionLsp.Server.EditorState;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Tests.EditorState;

/// <summary>However much a client sends, the bounds hold.</summary>
public sealed class EditorContextTests
{
    private static readonly Range _range = new(new Position(0, 0), new Position(1, 0));

    [Fact]
    public void No_more_than_32_entries_are_kept_all_kinds_together()
    {
        EditorContext context = EditorContext.Of(new EditorContextParams
        {
            VisibleEditors = [.. Enumerable.Range(0, 5).Select(i => new VisibleEditor { Uri = $"{i}", Ranges = [_range] })],
            RecentPlaces = [.. Enumerable.Range(0, 20).Select(i => new RecentPlace { Uri = $"{i}", Range = _range })],
            Definitions = [.. Enumerable.Range(0, 20).Select(i => Definition($"{i}", "t"))],
        });
        Assert.Equal((5, 20, 7), (context.VisibleEditors.Length, context.RecentPlaces.Length, context.Definitions.Length));
        Assert.Equal("6", context.Definitions[^1].Name);
    }

    [Theory]
    [InlineData(4000, true)]
    [InlineData(4074, true)]
    [InlineData(4075, false)]
    [InlineData(1_000_000, false)]
    public void An_entry_over_four_kilobytes_is_left_out(int length, bool isKept)
    {
        // Beside its text: a name of one byte, a URI of five and a range of sixteen.
        EditorContext context = EditorContext.Of(new EditorContextParams { Definitions = [Definition("f", new string('a', length))] });
        Assert.Equal(isKept, context.Definitions.Length == 1);
    }

    [Fact]
    public void Bytes_count_and_not_characters() =>
        Assert.Empty(EditorContext.Of(new EditorContextParams { Definitions = [Definition("f", new string('é', 2100))] }).Definitions);

    [Fact]
    public void What_makes_no_sense_is_left_out()
    {
        Range reversed = new(new Position(1, 0), new Position(0, 0));
        EditorContext context = EditorContext.Of(new EditorContextParams
        {
            VisibleEditors =
            [
                new VisibleEditor { Uri = "", Ranges = [] },
                new VisibleEditor { Uri = "a", Ranges = [_range, reversed] },
                new VisibleEditor { Uri = "b", Ranges = [.. Enumerable.Repeat(_range, 300)] },
                new VisibleEditor { Uri = "c", Ranges = [] },
            ],
            RecentPlaces = [new RecentPlace { Uri = "a", Range = new(new Position(-1, 0), new Position(0, 0)) }],
            Definitions = [Definition("", "t")],
        });
        Assert.Equal("c", Assert.Single(context.VisibleEditors).Uri);
        Assert.Empty(context.RecentPlaces);
        Assert.Empty(context.Definitions);
    }

    private static KnownDefinition Definition(string name, string text) =>
        new() { Name = name, Uri = "a:///", Range = _range, Text = text };
}
