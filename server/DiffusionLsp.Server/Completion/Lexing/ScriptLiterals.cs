namespace DiffusionLsp.Server.Completion.Lexing;

/// <summary>How the comments, strings, templates and regular expressions of JavaScript and TypeScript begin.</summary>
internal static class ScriptLiterals
{
    // After these a slash does not divide. The angle brackets and the closing brace are left out for the sake of JSX.
    private const string BeforeExpression = "(,=:[!&|?{;+-*%~^\n";

    private static readonly string[] s_wordsBeforeExpression = ["return", "typeof", "case", "in", "of", "do", "else", "=>"];

    /// <summary>The literal that begins here, in code; null where none does.</summary>
    public static Literal? At(string text, int at) => text[at] switch
    {
        '"' => new Literal(1, "\"") { Escape = '\\' },
        '\'' => new Literal(1, "'") { Escape = '\\' },
        '`' => new Literal(1, "`") { Escape = '\\', Hole = "${", SpansLines = true },
        '/' => AtSlash(text, at),
        _ => null,
    };

    private static Literal? AtSlash(string text, int at) => text.AsSpan(at) switch
    {
        ['/', '/', ..] => new Literal(2, "\n"),
        ['/', '*', ..] => new Literal(2, "*/") { SpansLines = true },
        _ when IsBeforeExpression(text.AsSpan(0, at)) && RegexLength(text.AsSpan(at)) is { } length => new Literal(length, ""),
        _ => null,
    };

    private static bool IsBeforeExpression(ReadOnlySpan<char> before)
    {
        before = before.TrimEnd(" \t");
        if (before.IsEmpty || BeforeExpression.Contains(before[^1], StringComparison.Ordinal))
        {
            return true;
        }

        foreach (string word in s_wordsBeforeExpression)
        {
            if (before.EndsWith(word, StringComparison.Ordinal)
                && (before.Length == word.Length || !char.IsLetterOrDigit(before[^(word.Length + 1)])))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The length of a regular expression up to its closing slash; null where the line has none.</summary>
    private static int? RegexLength(ReadOnlySpan<char> text)
    {
        bool isInClass = false;
        for (int index = 1; index < text.Length && text[index] != '\n'; index++)
        {
            switch (text[index])
            {
                case '\\':
                    index++;
                    break;
                case '[':
                    isInClass = true;
                    break;
                case ']':
                    isInClass = false;
                    break;
                case '/' when !isInClass:
                    return index + 1;
                default:
                    break;
            }
        }

        return null;
    }
}
