using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Edits;

namespace DiffusionLsp.Server.Tests.Edits;

/// <summary>What a diagnostic's range grows to: <c>‹</c> and <c>›</c> mark the diagnostic, <c>«</c> and <c>»</c> what is written again.</summary>
public sealed class GrownRangeTests
{
    public static TheoryData<string, string, string> Cases() => new()
    {
        // The expression, where the range lies inside a line.
        { "python", "total = or‹de›r + shipping_cost_of(order)\n", "total = «order» + shipping_cost_of(order)\n" },
        { "python", "total = order.‹price›.amount + shipping_costs\n", "total = «order.price.amount» + shipping_costs\n" },
        { "python", "total = prices[first](1).‹x› + shipping_cost\n", "total = «prices[first](1).x» + shipping_cost\n" },
        { "python", "x = compute(‹vlaue›, other_value, another_value)\n", "x = compute(«vlaue», other_value, another_value)\n" },
        { "python", "x = ‹compute›(value)[0] + something_else_here\n", "x = «compute(value)[0]» + something_else_here\n" },
        { "python", "print(‹foo(a›, b), other, another_one, a_third)\n", "print(«foo(a, b)», other, another_one, a_third)\n" },
        { "python", "value = foo(a, ‹b).c› + something_else_entirely\n", "value = «foo(a, b).c» + something_else_entirely\n" },
        { "python", "x = f(\"no ) bracket\", ‹y›) + g(a_long_argument)\n", "x = f(\"no ) bracket\", «y») + g(a_long_argument)\n" },
        { "python", "x = ‹f›(\"a ( b\") + g(a_long_argument, another)\n", "x = «f(\"a ( b\")» + g(a_long_argument, another)\n" },
        { "python", "    call(*‹args›, **more_arguments_than_needed)\n", "    call(*«args», **more_arguments_than_needed)\n" },
        { "python", "value = some.thing.with_a_name ‹›\n", "value = some.thing.with_a_name «»\n" },
        { "python", "value = some.thing + the_other‹›\n", "value = some.thing + «the_other»\n" },
        { "python", "a‹b›", "«ab»" },
        { "typescript", "const n = user?.‹nmae›.length ?? fallbackValue;\n", "const n = «user?.nmae.length» ?? fallbackValue;\n" },
        { "typescript", "const n = user!.‹name› ?? fallbackValueOfName;\n", "const n = «user!.name» ?? fallbackValueOfName;\n" },
        { "typescript", "const n = f(...‹args›, anotherArgument, third);\n", "const n = f(...«args», anotherArgument, third);\n" },
        { "typescript", "const s = lookup('a ‹b› c', withAnotherArgument);\n", "const s = lookup(«'a b c'», withAnotherArgument);\n" },
        { "typescript", "const s = `a ${‹b›}` + somethingElse + another;\n", "const s = «`a ${b}`» + somethingElse + another;\n" },
        { "typescript", "if (‹$a.b›) { return doSomething(withThis); }\n", "if («$a.b») { return doSomething(withThis); }\n" },
        { "csharp", "        var n = items.‹Coutn›() + otherItems.Length;\r\n", "        var n = «items.Coutn()» + otherItems.Length;\r\n" },
        { "csharp", "var s = Find(@\"a\\\", ‹b›) + Other(withArguments);\n", "var s = Find(@\"a\\\", «b») + Other(withArguments);\n" },

        // The statement, where it covers most of the line, or more than one.
        { "python", "if ok:\n    ‹retrun value›\n", "if ok:\n    «retrun value»\n" },
        { "python", "a = 1\n‹x = call(first,›\n         second)\nb = 2\n", "a = 1\n«x = call(first,\n         second)»\nb = 2\n" },
        { "python", "x = call(\n    first,\n‹)›\ny = 2\n", "«x = call(\n    first,\n)»\ny = 2\n" },
        { "python", "x = [\n  ‹(1, 2›,\n  3),\n]\n", "x = [\n  «(1, 2,\n  3),»\n]\n" },
        { "python", "‹def f(:›\n    pass\n", "«def f(:»\n    pass\n" },
        { "python", "def f(‹:›\n    pass\n", "def f(«:»\n    pass\n" },
        { "python", "‹a = 1\nb = 2\n›c = 3\n", "«a = 1\nb = 2»\nc = 3\n" },
        { "typescript", "  ‹foo(bar, () => {›\n    baz();\n  });\nqux();\n", "  «foo(bar, () => {\n    baz();\n  });»\nqux();\n" },
        { "typescript", "const x = call(‹first(›\n  second), third, fourth);\n", "«const x = call(first(\n  second), third, fourth);»\n" },
        { "csharp", "    if (a)\r\n    ‹{ // (›\r\n        B();\r\n    }\r\n", "    if (a)\r\n    «{ // (\r\n        B();\r\n    }»\r\n" },
        { "csharp", "  ‹Call(1,›\r\n    2);\r\n", "  «Call(1,\r\n    2);»\r\n" },

        // Not over more than ten lines.
        { "python", "‹x = [›\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n8,\n9,\n]\n", "«x = [»\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n8,\n9,\n]\n" },
        { "python", "‹x = [›\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n8,\n]\n", "«x = [\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n8,\n]»\n" },
        { "python", "‹›", "«»" },
        { "python", "  ‹  ›\n", "  «  »\n" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_range_grows_to_what_is_worth_writing_again(string language, string marked, string expected)
    {
        string text = Unmarked(marked);
        int start = marked.IndexOf('‹', StringComparison.Ordinal);
        TextSpan span = new(start, marked.IndexOf('›', StringComparison.Ordinal) - 1);

        TextSpan grown = GrownRange.Of(text, BareCode.Of(text, SourceLanguage.OfId(language)), span);

        Assert.Equal(expected, text.Insert(grown.End, "»").Insert(grown.Start, "«"));
    }

    private static string Unmarked(string marked) =>
        marked.Replace("‹", "", StringComparison.Ordinal).Replace("›", "", StringComparison.Ordinal);
}
