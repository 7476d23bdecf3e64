namespace DiffusionLsp.Server.Completion.Lexing;

/// <summary>How C#'s comments, directives, characters and strings begin: plain, verbatim, raw, interpolated.</summary>
internal static class CSharpLiterals
{
    private const int FewestRawQuotes = 3;

    /// <summary>The literal that begins here, in code; null where none does.</summary>
    public static Literal? At(string text, int at) => text.AsSpan(at) switch
    {
        ['"', ..] => AtQuote(text, at),
        ['\'', ..] => new Literal(1, "'") { Escape = '\\' },
        ['/', '/', ..] => new Literal(2, "\n"),
        ['/', '*', ..] => new Literal(2, "*/") { SpansLines = true },
        ['#', ..] when IsFirstOnLine(text, at) => new Literal(1, "\n"),
        _ => null,
    };

    private static Literal AtQuote(string text, int at)
    {
        int start = at;
        while (start > 0 && text[start - 1] is '$' or '@')
        {
            start--;
        }

        ReadOnlySpan<char> marks = text.AsSpan(start, at - start);
        int dollars = marks.Count('$');
        string? hole = dollars == 0 ? null : new string('{', dollars);
        if (marks.Contains('@'))
        {
            return new Literal(1, "\"") { Hole = hole, SpansLines = true, DoublesCloser = true };
        }

        int quotes = text.AsSpan(at).IndexOfAnyExcept('"') is >= 0 and var length ? length : text.Length - at;
        return quotes >= FewestRawQuotes
            ? new Literal(quotes, new string('"', quotes)) { Hole = hole, SpansLines = true }
            : new Literal(1, "\"") { Escape = '\\', Hole = hole };
    }

    private static bool IsFirstOnLine(string text, int at)
    {
        ReadOnlySpan<char> before = text.AsSpan(0, at);
        return before[(before.LastIndexOf('\n') + 1)..].IsWhiteSpace();
    }
}
