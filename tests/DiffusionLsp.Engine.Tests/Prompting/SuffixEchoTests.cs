using DiffusionLsp.Engine.Prompting;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>Each case is <c>prefix├middle┤suffix</c> as the model has it, and what stays of the middle.</summary>
public class SuffixEchoTests
{
    public static TheoryData<string, string> Cases => new()
    {
        // The rest of the line.
        { "def f(├a, b) -> int:┤) -> int:\n    pass", "a, b" },
        { "def f(├a, b) -> int:\n    return a┤) -> int:\n    pass", "a, b" },
        { "x = ├foo(y) or value┤ or value", "foo(y)" },
        { "x = ├value value┤value", "" },
        { "x = ├value  ┤value  \n", "" },
        { "    ├y = 1\n    foo()┤foo()\n", "y = 1\n    " },
        { "x = [├values, value┤value]", "values, value" },

        // As short as brackets: only what they do not bear.
        { "print(├foo(a, b)┤)", "foo(a, b)" },
        { "print(foo(├a, b)┤)", "a, b)" },
        { "foo(├a, b)┤)", "a, b" },
        { "foo(├a))┤)", "a" },
        { "foo(\n    ├a)┤)", "a" },
        { "foo(\n    a,\n    ├bar(b)┤)", "bar(b)" },
        { "foo(a,\n    bar(├b)┤)\n)", "b" },
        { "foo(├bar(a)\n    + baz(b)┤)", "bar(a)\n    + baz(b)" },
        { "def f(├a):\n    return a┤):\n", "a" },
        { "print├(x)┤)", "(x" },
        { "}} // cut off above\nfoo(├a)┤)\n}", "a" },
        { "x = y├;┤;", ";" },

        // The line that follows.
        { "x = 0\n├return total┤\nreturn total\n", "" },
        { "    x = 0\n    ├y = 1\n    return x┤\n    return x", "y = 1" },
        { "    ├y = 1\nreturn x\nz┤\n    return x", "y = 1" },
        { "    return to├tal┤\n\n    return total", "" },
        { "a\n├b\n\nc  \nd┤   \n\t\n  \nc", "b\n" },
        { "a\r\n├b\r\nc┤\r\nc\r\n", "b" },
        { "a\r├b\rc┤\rc\r", "b" },
        { "def f():\n    ├\"\"\"Doc.\n    \"\"\"┤\n    \"\"\"", "\"\"\"Doc." },
        { "├end┤\nend", "" },

        // The line that the gap is in is the one that follows, whatever the middle adds.
        { "end├\nx┤\nend", "" },
        { "end├┤\nend", "" },

        // A deeper line, a part of a line and a longer line are other lines.
        { "    ├if a:\n        return x┤\n    return x", "if a:\n        return x" },
        { "        ├return x┤\n    return x", "return x" },
        { "├x = f(1)┤\nx = f(1) + 2", "x = f(1)" },
        { "├x = f(1) + 2┤\nx = f(1)", "x = f(1) + 2" },

        // Brackets on a line of their own.
        { "f() {\n  ├return 1;\n}\n\ng() {\n  return 2;┤\n}", "return 1;" },
        { "it(() => {\n├it(() => {\nb();\n});┤\n});", "it(() => {\nb();\n});" },
        { "if (a) {\n├b();\n}┤\n}\n", "b();" },
        { "  if (a) {├\n    b();\n  }┤\n}", "\n    b();\n  }" },

        // Nothing to repeat.
        { "├a┤", "a" },
        { "├a\n┤ \n\n", "a\n" },
        { "├ ┤\na", " " },
        { "├┤\na", "" },

        // A gap within a character.
        { "\ud83d├😀x = 1┤\ude00x = 1", "😀x = 1" },
    };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void The_middle_ends_where_it_says_again_what_follows(string text, string kept)
    {
        string[] parts = text.Split('├', '┤');

        Assert.Equal(kept, SuffixEcho.Cut(parts[0], parts[1], parts[2]));
    }
}
