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
        var draft = Assert.Single(LineDraft.Find(prefix, "", "", most: 1));

        Assert.Equal(text, draft.Text);
        Assert.Equal(agreement, draft.Agreement);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("abc\nabx")]
    [InlineData("return")]
    [InlineData("face = \ud83d\ude00\nface = \ud83d")]
    public void None_where_too_little_agrees(string prefix) => Assert.Empty(LineDraft.Find(prefix, "", "", most: 3));

    [Fact]
    public void Agreement_is_counted_up_to_where_more_says_nothing()
    {
        string line = new('a', 100);

        var draft = LineDraft.Find($"x{line}b\ny{line}", "", "", most: 1)[0];

        Assert.Equal(("b", LineDraft.FullAgreement), (draft.Text, draft.Agreement));
    }

    [Fact]
    public void A_huge_document_is_searched_near_the_cursor_only()
    {
        string far = "unlikely_name = 42\n" + string.Concat(Enumerable.Repeat("# nothing to see here\n", 10_000));

        Assert.DoesNotContain(LineDraft.Find(far + "unlikely_name = ", "", "", most: 9), draft => draft.Text == "42");
    }

    [Fact]
    public void Lines_behind_the_cursor_are_drafts_too_and_its_own_line_is_none()
    {
        var drafts = LineDraft.Find("x = 1\nprint(", "f(x))\nprint(y)\nprint(z)\n", "", most: 5);

        Assert.Equal(["y)", "z)"], drafts.Select(draft => draft.Text));
        Assert.All(drafts, draft => Assert.Equal(7, draft.Agreement));
    }

    [Fact]
    public void Different_texts_in_the_order_of_their_agreement()
    {
        var drafts = LineDraft.Find("a.run(1)\nbb.run(2)\na.run(1)\nabb.run(", "", "", most: 5);

        Assert.Equal([("2)", 7), ("1)", 5)], drafts.Select(draft => (draft.Text, draft.Agreement)));
    }

    [Fact]
    public void Related_text_comes_behind_the_files_own_and_is_no_file_of_its_own()
    {
        var drafts = LineDraft.Find("a = run(1)\nb = run(", "", "c = run(2)\nb = run(3)\n", most: 5);

        Assert.Equal(["3)", "1)", "2)"], drafts.Select(draft => draft.Text));
    }
}
