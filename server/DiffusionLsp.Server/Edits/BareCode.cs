using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Edits;

/// <summary>
/// A text of the same length in which strings and comments are painted over, so that the brackets and words that are left
/// are code's. It knows how the supported languages write strings and comments and nothing else of them: no regular
/// expressions, and what a template string embeds counts as string.
/// </summary>
internal sealed class BareCode
{
    /// <summary>Stands for each character of a string, its quotes among them: a string is a word among words.</summary>
    public const char InString = '_';

    /// <summary>Stands for each character of a comment.</summary>
    public const char InComment = '\0';

    private const string LineEnds = "\r\n";
    private const string NothingEndsIt = "";

    private readonly string _text;
    private readonly char[] _painted;
    private readonly bool _isPython;
    private readonly bool _hasTemplates;
    private readonly bool _hasLongStrings;
    private readonly bool _isUnknown;

    private BareCode(string text, SourceLanguage language)
    {
        _text = text;
        _painted = text.ToCharArray();
        _isPython = language.Name == SourceLanguage.Python;
        _hasTemplates = language.Name is SourceLanguage.JavaScript or SourceLanguage.TypeScript;
        _hasLongStrings = _isPython || language.Name == SourceLanguage.CSharp;
        _isUnknown = language.Name is null;
    }

    /// <summary>Paints a text.</summary>
    public static string Of(string text, SourceLanguage language) => new BareCode(text, language).Paint();

    private string Paint()
    {
        for (int at = 0; at < _text.Length;)
        {
            at = CommentEnd(at) is { } comment ? Fill(at, comment, InComment)
                : StringEnd(at) is { } end ? Fill(at, end, InString)
                : at + 1;
        }

        return new string(_painted);
    }

    private int Fill(int start, int end, char paint)
    {
        for (int at = start; at < end; at++)
        {
            if (_text[at] is not ('\r' or '\n'))
            {
                _painted[at] = paint;
            }
        }

        return end;
    }

    private int? CommentEnd(int at)
    {
        ReadOnlySpan<char> rest = _text.AsSpan(at);
        if (!_isPython && rest.StartsWith("/*", StringComparison.Ordinal))
        {
            int end = rest[2..].IndexOf("*/", StringComparison.Ordinal);
            return end < 0 ? _text.Length : at + end + 4;
        }

        bool begins = _isPython ? rest[0] == '#'
            : rest.StartsWith("//", StringComparison.Ordinal)
                || (_isUnknown && rest.StartsWith("# ", StringComparison.Ordinal));
        return !begins ? null : rest.IndexOfAny('\r', '\n') is >= 0 and var length ? at + length : _text.Length;
    }

    private int? StringEnd(int at)
    {
        char quote = _text[at];
        if (quote == '`')
        {
            return _hasTemplates ? Closed(at + 1, "`", NothingEndsIt) ?? _text.Length : null;
        }

        if (quote is not ('"' or '\''))
        {
            return null;
        }

        int quotes = _text.AsSpan(at).IndexOfAnyExcept(quote) is >= 0 and var run ? run : _text.Length - at;
        if (quotes >= 3 && _hasLongStrings && (_isPython || quote == '"'))
        {
            string closer = new(quote, _isPython ? 3 : quotes);
            return (_isPython ? Closed(at + 3, closer, NothingEndsIt) : At(closer, at + quotes)) ?? _text.Length;
        }

        // A quote that nothing closes on its line is an apostrophe.
        return IsVerbatim(at) ? VerbatimEnd(at) : Closed(at + 1, quote.ToString(), LineEnds);
    }

    private bool IsVerbatim(int at) => !_isPython && _hasLongStrings && _text[at] == '"'
        && (_text.AsSpan(0, at).EndsWith("@", StringComparison.Ordinal)
            || _text.AsSpan(0, at).EndsWith("@$", StringComparison.Ordinal));

    private int VerbatimEnd(int at)
    {
        for (int next = at + 1; next < _text.Length; next++)
        {
            if (_text[next] != '"')
            {
                continue;
            }

            if (next + 1 == _text.Length || _text[next + 1] != '"')
            {
                return next + 1;
            }

            next++;
        }

        return _text.Length;
    }

    /// <summary>
    /// The place behind a closer that no backslash stands before; null where there is none, or one of some characters first.
    /// </summary>
    private int? Closed(int from, string closer, string stops)
    {
        for (int at = from; at < _text.Length && !stops.Contains(_text[at], StringComparison.Ordinal); at++)
        {
            if (_text[at] == '\\')
            {
                at++;
            }
            else if (_text.AsSpan(at).StartsWith(closer, StringComparison.Ordinal))
            {
                return at + closer.Length;
            }
        }

        return null;
    }

    private int? At(string closer, int from) =>
        _text.AsSpan(from).IndexOf(closer, StringComparison.Ordinal) is >= 0 and var length
            ? from + length + closer.Length
            : null;
}
