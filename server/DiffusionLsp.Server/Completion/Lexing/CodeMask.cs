using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Completion.Lexing;

/// <summary>
/// A text of the same length in which strings and comments are covered, so that whoever counts brackets or looks for
/// line ends sees code alone. Code within a string (<c>${…}</c>) stays, with its braces. It is no lexer: it knows how
/// the literals of a few languages begin and end, and where it errs, the end of the line sets it right. Text of
/// another language is left as it is.
/// </summary>
internal static class CodeMask
{
    /// <summary>What stands for a character of a string or comment; line ends stay.</summary>
    public const char Covered = '\uffff';

    /// <summary>Covers a text.</summary>
    /// <param name="text">The text, from where code begins; line ends are <c>\n</c>.</param>
    /// <param name="language">The language, by the name that models use; null where it is not known.</param>
    public static string Of(string text, string? language) => language switch
    {
        SourceLanguage.Python => new Reader(text, PythonLiterals.At).Read(),
        SourceLanguage.JavaScript or SourceLanguage.TypeScript => new Reader(text, ScriptLiterals.At).Read(),
        SourceLanguage.CSharp => new Reader(text, CSharpLiterals.At).Read(),
        _ => text,
    };

    /// <summary>Covers a middle in its place and gives the three parts.</summary>
    public static (string Prefix, string Middle, string Suffix) Of(ContextWindow window, string middle)
    {
        string all = Of(window.Prefix + middle + window.Suffix, window.Language);
        int start = window.Prefix.Length;
        int end = start + middle.Length;
        return (all[..start], all[start..end], all[end..]);
    }

    private sealed class Reader(string text, Func<string, int, Literal?> literalAt)
    {
        private readonly char[] _masked = text.ToCharArray();

        // What is open, innermost last; there is none in plain code. A literal with braces counted is in one of its holes.
        private readonly Stack<Place> _open = new();
        private int _at;

        public string Read()
        {
            while (_at < text.Length)
            {
                if (_open.TryPeek(out Place? place) && !place.IsInHole)
                {
                    ReadLiteral(place);
                }
                else
                {
                    ReadCode(place);
                }
            }

            return new string(_masked);
        }

        private void ReadCode(Place? hole)
        {
            if (text[_at] == '\n')
            {
                LeaveLine();
            }
            else if (hole is not null && hole.OpenBraces == 0 && Is(hole.HoleCloser))
            {
                hole.IsInHole = false;
                _at += hole.HoleCloser.Length;
                return;
            }
            else if (literalAt(text, _at) is { } literal)
            {
                Cover(literal.OpenerLength);
                _open.Push(new Place(literal));
                return;
            }

            hole?.Count(text[_at]);
            _at++;
        }

        private void ReadLiteral(Place place)
        {
            Literal literal = place.Literal;
            if (text[_at] == literal.Escape)
            {
                Cover(2);
            }
            else if (literal.DoublesCloser && Is(literal.Closer + literal.Closer))
            {
                Cover(2 * literal.Closer.Length);
            }
            else if (Is(literal.Closer))
            {
                Cover(literal.Closer.Length);
                _open.Pop();
            }
            else if (text[_at] == '\n' && !literal.SpansLines)
            {
                _open.Pop();
            }
            else if (literal.Hole is { } hole && Is(hole))
            {
                // Two braces are one brace of the text where one would open a hole.
                if (hole == "{" && Is("{{"))
                {
                    Cover(2);
                    return;
                }

                _at += hole.Length;
                place.IsInHole = true;
            }
            else
            {
                Cover(1);
            }
        }

        /// <summary>A string of one line ends with it, whatever its holes have open.</summary>
        private void LeaveLine()
        {
            while (_open.Any(place => !place.Literal.SpansLines))
            {
                _open.Pop();
            }
        }

        private bool Is(string part) => string.CompareOrdinal(text, _at, part, 0, part.Length) == 0;

        private void Cover(int count)
        {
            for (int end = Math.Min(_at + count, text.Length); _at < end; _at++)
            {
                _masked[_at] = text[_at] == '\n' ? '\n' : Covered;
            }
        }
    }

    /// <summary>A literal that is open, and how far into one of its holes the reader is.</summary>
    private sealed class Place(Literal literal)
    {
        public Literal Literal => literal;

        public string HoleCloser { get; } = new('}', literal.Hole?.Count(character => character == '{') ?? 0);

        public bool IsInHole { get; set; }

        public int OpenBraces { get; private set; }

        public void Count(char character) => OpenBraces += character switch { '{' => 1, '}' => -1, _ => 0 };
    }
}
