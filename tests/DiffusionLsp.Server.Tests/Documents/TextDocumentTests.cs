using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Tests.Documents;

/// <summary>One version of a document: its line ends, its versions, and what is no edit.</summary>
public sealed class TextDocumentTests
{
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
        store.Change(new VersionedTextDocumentIdentifier { Uri = "u", Version = 1 }, []);
        Assert.False(store.IsCurrent(before));
        Assert.Equal("t", store.Find("u")!.Text);
        store.Close("u");
        Assert.Null(store.Find("u"));
        Assert.Throws<DocumentSyncException>(() => store.Change(new VersionedTextDocumentIdentifier { Uri = "u", Version = 2 }, []));
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

    [Theory]
    [InlineData("file:///c:/w/a.py", "file:///c%3A/w/a.py", true)]
    [InlineData("file:///C:/w/a.py", "file:///c%3a/w/a.py", true)]
    [InlineData("file:///c:", "file:///C%3A", true)]
    [InlineData("file:///c:/w/a.py", "file:///c:/w/A.py", false)]
    [InlineData("file:///c:/w/a.py", "file:///d:/w/a.py", false)]
    [InlineData("file:///w/a%3Ab.py", "file:///w/a:b.py", false)]
    [InlineData("file:///cc%3A/a", "file:///cc:/a", false)]
    [InlineData("untitled:Untitled-1", "untitled:Untitled-2", false)]
    [InlineData("untitled:c%3A", "untitled:c:", false)]
    public void Two_uris_name_one_document_where_the_drive_alone_is_written_in_another_way(
        string one, string other, bool isSame)
    {
        DocumentStore store = new();
        store.Open(new TextDocumentItem { Uri = one, LanguageId = "x", Version = 1, Text = "t" });
        Assert.Equal(isSame, store.Find(other) is not null);
    }
}
