using CsCheck;
using DiffusionLsp.Server.Completion.Lexing;
using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>What is covered, written as ▒.</summary>
public sealed class CodeMaskTests
{
    private static readonly string[] s_languages =
        [SourceLanguage.Python, SourceLanguage.TypeScript, SourceLanguage.CSharp];

    [Theory]
    [InlineData("x = 'a' + b  # c", "x = ▒▒▒ + b  ▒▒▒")]
    [InlineData("'''a\n'b'\n''' + c", "▒▒▒▒\n▒▒▒\n▒▒▒ + c")]
    [InlineData("f'a{b[\"c\"]}d' + e", "f▒▒{b[▒▒▒]}▒▒ + e")]
    [InlineData("f'{{a}}' + b", "f▒▒▒▒▒▒▒ + b")]
    [InlineData("rf'{a}' + buf'{a}'", "rf▒{a}▒ + buf▒▒▒▒▒")]
    [InlineData("'a\\'b' + c", "▒▒▒▒▒▒ + c")]
    [InlineData("'a\nb", "▒▒\nb")]
    [InlineData("f'{a\nb", "f▒{a\nb")]
    public void Python(string text, string masked) => Assert.Equal(masked, Mask(text, SourceLanguage.Python));

    [Theory]
    [InlineData("x = 'a' // b", "x = ▒▒▒ ▒▒▒▒")]
    [InlineData("a /* b\nc */ d", "a ▒▒▒▒\n▒▒▒▒ d")]
    [InlineData("`a${f(`b`)}c` + d", "▒▒${f(▒▒▒)}▒▒ + d")]
    [InlineData("`${{a: {}}}` + d", "▒${{a: {}}}▒ + d")]
    [InlineData("x = /[/)]+/g; y", "x = ▒▒▒▒▒▒▒g; y")]
    [InlineData("x = a / b / c", "x = a / b / c")]
    [InlineData("return /a'b/.test(c)", "return ▒▒▒▒▒.test(c)")]
    [InlineData("<b>a</b><i/>", "<b>a</b><i/>")]
    public void TypeScript(string text, string masked) => Assert.Equal(masked, Mask(text, SourceLanguage.TypeScript));

    [Theory]
    [InlineData("x = '\"' + \"'\" + y", "x = ▒▒▒ + ▒▒▒ + y")]
    [InlineData("@\"a\"\"\\\" + b", "@▒▒▒▒▒▒ + b")]
    [InlineData("$\"a{f(\"b\")}{{\" + c", "$▒▒{f(▒▒▒)}▒▒▒ + c")]
    [InlineData("\"\"\"a\"b\n\"\"\" + c", "▒▒▒▒▒▒\n▒▒▒ + c")]
    [InlineData("$$\"\"\"{a}{{b}}\"\"\" + c", "$$▒▒▒▒▒▒{{b}}▒▒▒ + c")]
    [InlineData("  #region don't\nx", "  ▒▒▒▒▒▒▒▒▒▒▒▒▒\nx")]
    [InlineData("f(\"\", a)", "f(▒▒, a)")]
    public void CSharp(string text, string masked) => Assert.Equal(masked, Mask(text, SourceLanguage.CSharp));

    [Fact]
    public void Text_of_another_language_stays() => Assert.Equal("'a' # b", Mask("'a' # b", null));

    [Fact]
    public void Every_text_keeps_its_length_and_its_lines() =>
        Gen.Select(Gen.String[Gen.Char["a\"'`\n{}$@/*#\\["], 0, 60], Gen.Int[0, 2]).Sample(
            (text, index) =>
            {
                string masked = CodeMask.Of(text, s_languages[index]);
                Assert.Equal(text.Length, masked.Length);
                Assert.All(
                    text.Zip(masked),
                    pair => Assert.True(
                        pair.First == pair.Second || (pair.Second == CodeMask.Covered && pair.First != '\n')));
            },
            iter: 20_000);

    private static string Mask(string text, string? language) => CodeMask.Of(text, language).Replace(CodeMask.Covered, '▒');
}
