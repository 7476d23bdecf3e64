using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Edits;

namespace DiffusionLsp.Server.Tests.Edits;

/// <summary>Which code a comment leads: <c>‹</c> and <c>›</c> mark the selection, <c>«</c> and <c>»</c> what is written again.</summary>
public sealed class CommentedCodeTests
{
    [Theory]
    [InlineData("python", "# sort it\n‹x = a\ny = b\n›z\n", "# sort it\n«x = a\ny = b»\nz\n")]
    [InlineData("python", "  # sort it\n‹  x = a›\n", "  # sort it\n  «x = a»\n")]
    [InlineData("python", "‹# sort it\n# by name\n\nx = a\n›", "# sort it\n# by name\n\n«x = a»\n")]
    [InlineData("csharp", "  ‹// sort it\r\n  F();\r\n  G();›\r\n", "  // sort it\r\n  «F();\r\n  G();»\r\n")]
    [InlineData("csharp", "/* sort\n it */\n‹F();›\n", "/* sort\n it */\n«F();»\n")]
    [InlineData("python", "x = 1\n‹y = 2›\n", null)]
    [InlineData("python", "x = 1  # sort it\n‹y = 2›\n", null)]
    [InlineData("python", "# sort it\n\n‹y = 2›\n", null)]
    [InlineData("python", "# sort it\nx = ‹y›\n", null)]
    [InlineData("python", "‹# sort it\n# by name\n›x = 1\n", null)]
    [InlineData("python", "# sort it\n‹  ›\n", null)]
    [InlineData("python", "‹y = 2›\n", null)]
    public void A_comment_leads_what_follows_it(string language, string marked, string? expected)
    {
        string text = marked.Replace("‹", "", StringComparison.Ordinal).Replace("›", "", StringComparison.Ordinal);
        TextSpan selection = new(
            marked.IndexOf('‹', StringComparison.Ordinal), marked.IndexOf('›', StringComparison.Ordinal) - 1);

        TextSpan? found = CommentedCode.In(text, BareCode.Of(text, SourceLanguage.OfId(language)), selection);

        Assert.Equal(expected, found is { } span ? text.Insert(span.End, "»").Insert(span.Start, "«") : null);
    }
}
