using CsCheck;
using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server.Tests.Evaluation;

public sealed class ComparedTextTests
{
    [Theory]
    [InlineData("    return x\n", "    y\n", "    return x", true)]
    [InlineData("    return x\n", "    y\n", "    return x  ", true)]
    [InlineData("    return x\n", "\n    y\n", "    return x\n", true)]
    [InlineData("    return x\n", "", "    return x\n\n", false)]
    [InlineData("    return x\n", "", "return x", false)]
    [InlineData("a\nb", "\nc", "a  \nb\t", true)]
    [InlineData("a\nb", "\nc", "a\nb\n", true)]
    [InlineData("a + ", "b", "a +", false)]
    [InlineData("a + ", "b", "a + ", true)]
    [InlineData("a:\n  b", " + c", "a: \n  b", true)]
    [InlineData("a", "b", "a\n", false)]
    [InlineData(" ", "b", "", false)]
    public void Blanks_at_the_ends_of_lines_do_not_count(string truth, string suffix, string middle, bool same)
    {
        var item = new EvalItem("", suffix, truth);
        Assert.Equal(same, ComparedText.OfLines(item, middle) == ComparedText.OfLines(item, truth));
    }

    [Theory]
    [InlineData("a, b)  \nc", "a, b)")]
    [InlineData("a", "a")]
    [InlineData("\na", "")]
    public void Of_a_rest_of_line_the_first_line_counts(string middle, string compared) =>
        Assert.Equal(compared, ComparedText.OfFirstLine(new EvalItem("", "", "a"), middle));

    [Theory]
    [InlineData("kitten", "sitting", 1 - (3 / 7.0))]
    [InlineData("flaw", "lawn", 0.5)]
    [InlineData("", "abc", 0)]
    [InlineData("", "", 1)]
    public void Similarity_counts_edits(string left, string right, double similarity) =>
        Assert.Equal(similarity, ComparedText.Similarity(left, right), precision: 12);

    [Fact]
    public void Similarity_is_the_same_both_ways_and_one_edit_costs_one() =>
        Gen.Select(Gen.String[Gen.Char['a', 'c'], 0, 12], Gen.String[Gen.Char['a', 'c'], 1, 12], Gen.Int[0, 11]).Sample((left, right, at) =>
        {
            int cut = at % right.Length;
            Assert.Equal(ComparedText.Similarity(left, right), ComparedText.Similarity(right, left));
            Assert.Equal(1 - (1.0 / right.Length), ComparedText.Similarity(right, right.Remove(cut, 1)), precision: 12);
        });

    [Theory]
    [InlineData("    x\n", "    y\n", "    x", "p\n    x\n    y\n\nT")]
    [InlineData("    x\n", "    y\n", "    x\n", "p\n    x\n    y\n\nT")]
    [InlineData("    x\n", "\n    y\n", "    x", "p\n    x\n    y\n\nT")]
    [InlineData("x", " + y", "x", "p\nx + y\nT")]
    public void A_program_is_put_together_with_the_line_break_that_is_the_editors(
        string truth, string suffix, string middle, string program) =>
        Assert.Equal(program, new EvalItem("p\n", suffix, truth) { Test = "T" }.ProgramWith(middle));
}
