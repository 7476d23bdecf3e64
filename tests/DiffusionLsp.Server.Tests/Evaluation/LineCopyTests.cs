using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server.Tests.Evaluation;

public sealed class LineCopyTests
{
    [Theory]
    [InlineData("total = add(a, b)\ntotal = add(", "a, b)")]
    [InlineData("x = 1\nx = 2\nx = ", "2")]
    [InlineData("abc", "")]
    [InlineData("", "")]
    [InlineData("for i in xs:\n    print(i)\nfor i in xs:\n", "    print(i)")]
    public void The_copied_line_follows_the_longest_earlier_agreement(string prefix, string expected) =>
        Assert.Equal(expected, LineCopy.ByAgreement(prefix, lines: 1));

    [Theory]
    [InlineData("    total = add(a, b)\nprint(1)\ntotal = add(", "a, b)")]
    [InlineData("x = 1\nx = 2\nx = ", "2")]
    [InlineData("x = 1\ny = 2\nz", "")]
    [InlineData("x = 1\n", "")]
    [InlineData("\nx", "")]
    [InlineData("", "")]
    public void The_copied_line_begins_like_this_one(string prefix, string expected) =>
        Assert.Equal(expected, LineCopy.ByLineStart(prefix, lines: 1));

    [Theory]
    [InlineData(1, "1")]
    [InlineData(2, "1\nb = 2")]
    [InlineData(3, "1\nb = 2\na = ")]
    [InlineData(4, "1\nb = 2\na = ")]
    public void As_many_lines_are_copied_as_are_missing(int lines, string expected)
    {
        const string Prefix = "a = 1\nb = 2\na = ";
        Assert.Equal(expected, LineCopy.ByAgreement(Prefix, lines));
        Assert.Equal(expected, LineCopy.ByLineStart(Prefix, lines));
    }
}
