using DiffusionLsp.Engine.Prompting;

namespace DiffusionLsp.Engine.Tests.Prompting;

public class LineDraftTests
{
    [Theory]
    [InlineData("total = add(a, b)\ntotal = add(", "a, b)", 12)]
    [InlineData("name = 1\nname = 2\nname = ", "2", 8)]
    [InlineData("for i in xs:\n    print(i)\nfor i in xs:\n", "    print(i)", 13)]
    [InlineData("    return 1\n    return ", "1", 11)]
    [InlineData("name = 1\r\nname = ", "1", 7)]
    public void The_rest_of_the_line_that_agrees_longest(string prefix, string text, int agreement)
    {
        var draft = LineDraft.Find(prefix);

        Assert.NotNull(draft);
        Assert.Equal(text, draft.Text);
        Assert.Equal(agreement, draft.Agreement);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("abc\nabx")]
    [InlineData("return")]
    [InlineData("face = \ud83d\ude00\nface = \ud83d")]
    public void None_where_too_little_agrees(string prefix) => Assert.Null(LineDraft.Find(prefix));

    [Fact]
    public void Agreement_is_counted_up_to_where_more_says_nothing()
    {
        string line = new('a', 100);

        var draft = LineDraft.Find($"x{line}b\ny{line}");

        Assert.Equal(("b", LineDraft.FullAgreement), (draft?.Text, draft?.Agreement));
    }

    [Fact]
    public void A_huge_document_is_searched_near_the_cursor_only()
    {
        string far = "unlikely_name = 42\n" + string.Concat(Enumerable.Repeat("# nothing to see here\n", 10_000));

        Assert.NotEqual("42", LineDraft.Find(far + "unlikely_name = ")?.Text);
    }
}
