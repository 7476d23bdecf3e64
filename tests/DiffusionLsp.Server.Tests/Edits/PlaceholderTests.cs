using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Edits;

namespace DiffusionLsp.Server.Tests.Edits;

/// <summary>
/// What is a placeholder on a line and what is none. <c>¦</c> is the cursor; what stands between <c>«</c> and <c>»</c> is
/// replaced, and what stands between <c>»</c> and <c>·</c> is put before the infill.
/// </summary>
public sealed class PlaceholderTests
{
    private static readonly string[] _markers = ["<fill>", "<fill>>", "???"];

    public static TheoryData<string, string, string> Cases() => new()
    {
        { "python", "def f():\n    pa¦ss\n", "def f():\n    «pass»·\n" },
        { "python", "def f():\n    pass¦  # later\n", "def f():\n    «pass»·  # later\n" },
        { "python", "def f(x: int = 0): ¦...\n", "def f(x: int = 0): «...»·\n" },
        { "python", "class E(Exception): pass¦\r\n", "class E(Exception): «pass»·\r\n" },
        { "python", "    else: ¦pass", "    else: «pass»·" },
        { "python", "¦    raise NotImplementedError\n", "    «raise NotImplementedError»·\n" },
        { "python", "    raise NotImplementedError(\"a (\" + str(b))¦\n", "    «raise NotImplementedError(\"a (\" + str(b))»·\n" },
        { "python", "def f():\n\t# TODO: add¦\n\treturn 1\n", "def f():\n\t# TODO: add«»\n\t·\n\treturn 1\n" },
        { "python", "x = 1  # FIXME¦\n", "x = 1  # FIXME«»\n·\n" },
        { "python", "x = ¦???\n", "x = «???»·\n" },
        { "python", "a(<fill>, ¦<fill>>)\n", "a(<fill>, «<fill>>»·)\n" },
        { "python", "a(<fill>, <fi¦ll>)\n", "a(<fill>, «<fill>»·)\n" },
        { "javascript", "function f() {¦}\n", "function f() {«»·}\n" },
        { "typescript", "const f = (): void => { ¦};\n", "const f = (): void => {« »·};\n" },
        { "typescript", "const a = {}, b = {¦};\n", "const a = {}, b = {«»·};\n" },
        { "typescript", "class A {\n  f() {¦\n  }\n}\n", "class A {\n  f() {«»\n    ·\n  }\n}\n" },
        { "typescript", "class A {\n  f() {\n¦  }\n}\n", "class A {\n  f() {«»\n    ·\n  }\n}\n" },
        { "typescript", "f() {\n  throw new Error(\"Not implemented\");¦\n}\n", "f() {\n  «throw new Error(\"Not implemented\");»·\n}\n" },
        { "javascript", "  throw new Error('Method NOT IMPLEMENTED.')¦\n", "  «throw new Error('Method NOT IMPLEMENTED.')»·\n" },
        { "javascript", "f = () => { throw new Error(`not yet implemented`); }¦\n", "f = () => { «throw new Error(`not yet implemented`);»· }\n" },
        { "typescript", "throw new NotImplementedError()¦\n", "«throw new NotImplementedError()»·\n" },
        { "typescript", "  /* TODO */¦\n", "  /* TODO */«»\n  ·\n" },
        { "csharp", "        throw new NotImplementedException();¦\r\n", "        «throw new NotImplementedException();»·\r\n" },
        { "csharp", "int F() => throw new System.NotImplementedException(\"a)\");¦\n", "int F() => «throw new System.NotImplementedException(\"a)\")»·;\n" },
        { "csharp", "if (a) throw new NotImplementedException() ;¦\n", "if (a) «throw new NotImplementedException() ;»·\n" },
        { "csharp", "    void F()\r\n    {¦\r\n    }\r\n", "    void F()\r\n    {«»\r\n        ·\r\n    }\r\n" },
        { "csharp", "\tvoid F()\n\t{¦\n\t}\n", "\tvoid F()\n\t{«»\n\t\t·\n\t}\n" },
        { "csharp", "void F() { }¦ // a\n", "void F() {« »·} // a\n" },
        { "csharp", "    // FIXME: and then¦\r\n    Go();\r\n", "    // FIXME: and then«»\r\n    ·\r\n    Go();\r\n" },
        { "java", "void f() {¦} // it's\n", "void f() {«»·} // it's\n" },
        { "ruby", "# TODO: all¦\n", "# TODO: all«»\n·\n" },
    };

    public static TheoryData<string, string> Others() => new()
    {
        { "python", "password = pas¦s\n" },
        { "python", "x = {¦}\n" },
        { "python", "f = lambda: ...¦\n" },
        { "python", "x = y[...]¦\n" },
        { "python", "s = 'TODO'¦\n" },
        { "python", "\"\"\"\npass¦\n\"\"\"\n" },
        { "python", "# TODOS and passes¦\n" },
        { "python", "raise NotImplementedError() from e¦\n" },
        { "python", "pass\n¦x = 1\n" },
        { "typescript", "throw new Error(\"no such thing\");¦\n" },
        { "typescript", "const s = \"throw new NotImplementedError()\";¦\n" },
        { "typescript", "// throw new NotImplementedError()¦\n" },
        { "typescript", "const s = `{}`;¦\n" },
        { "typescript", "if (a) {¦\n  b();\n}\n" },
        { "typescript", "f() {¦\n\n}\n" },
        { "typescript", "/* TODO¦\n and more */\n" },
        { "csharp", "if (x is { } y)¦\n" },
        { "csharp", "if (x is not { })¦\n" },
        { "csharp", "{ /* a */ }¦\n" },
        { "csharp", "var s = \"\"\"\n{}¦\n\"\"\";\n" },
        { "csharp", "var s = @\"\\\" + '\"' + \"{}\";¦\n" },
        { "csharp", "¦" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_placeholder_is_found(string language, string at, string expected)
    {
        Placeholder? found = Find(language, at, out string text);

        Assert.NotNull(found);
        Assert.Equal(expected, text.Insert(found.Span.End, $"»{found.Lead}·").Insert(found.Span.Start, "«"));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void What_is_no_placeholder_is_left_alone(string language, string at) => Assert.Null(Find(language, at, out _));

    private static Placeholder? Find(string language, string at, out string text)
    {
        text = at.Replace("¦", "", StringComparison.Ordinal);
        return Placeholder.Find(
            new TextDocument("file:///w/a", language, 1, text),
            BareCode.Of(text, SourceLanguage.OfId(language)),
            at.IndexOf('¦', StringComparison.Ordinal),
            _markers);
    }
}
