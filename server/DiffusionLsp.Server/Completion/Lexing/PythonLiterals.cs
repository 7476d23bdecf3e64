namespace DiffusionLsp.Server.Completion.Lexing;

/// <summary>How Python's comments and strings begin, those with holes included.</summary>
internal static class PythonLiterals
{
    private const string FormatPrefixes = "fFtT";

    /// <summary>The literal that begins here, in code; null where none does.</summary>
    public static Literal? At(string text, int at)
    {
        char quote = text[at];
        if (quote == '#')
        {
            return new Literal(1, "\n");
        }

        if (quote is not ('"' or '\''))
        {
            return null;
        }

        string three = new(quote, 3);
        bool isLong = string.CompareOrdinal(text, at, three, 0, 3) == 0;
        return new Literal(isLong ? 3 : 1, isLong ? three : quote.ToString())
        {
            Escape = '\\',
            Hole = HasHoles(text, at) ? "{" : null,
            SpansLines = isLong,
        };
    }

    /// <summary>Whether the letters before a quote, at most two, say that it has holes.</summary>
    private static bool HasHoles(string text, int quote)
    {
        int start = quote;
        while (start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] == '_'))
        {
            start--;
        }

        return quote - start <= 2 && text.AsSpan(start, quote - start).ContainsAny(FormatPrefixes);
    }
}
