namespace DiffusionLsp.Server.Edits;

/// <summary>
/// What is written again where a diagnostic points: linters mark a name or a stretch of a line, and a model writes whole
/// expressions or statements. Where it lies inside a line it grows to the expression; where it covers most of the line, or
/// more than one, to the statement.
/// </summary>
internal static class GrownRange
{
    /// <summary>The most lines of a grown statement; where its brackets do not balance within them, it stays as it is.</summary>
    public const int MostLines = 10;

    /// <summary>Grows a span.</summary>
    /// <param name="text">The document.</param>
    /// <param name="code">The same as bare code.</param>
    /// <param name="span">What the diagnostic marks.</param>
    public static TextSpan Of(string text, string code, TextSpan span)
    {
        TextSpan marked = span.Trimmed(text);
        TextLine line = TextLine.At(text, marked.Start);
        bool isInside = marked.End <= line.End && marked.Length * 2 <= line.Content(text).Length;
        return (isInside ? Expression(code, line, marked) : null) ?? Statement(text, code, marked);
    }

    /// <summary>The expression around a span; null where a bracket in it has its partner on another line.</summary>
    private static TextSpan? Expression(string code, TextLine line, TextSpan marked)
    {
        (int closers, int openers) = CodeBrackets.Alone(code.AsSpan(marked.Start, marked.Length));
        int? start = closers == 0 ? marked.Start : CodeBrackets.OpenBefore(code, line.Start, marked.Start, closers);
        int? end = openers == 0 ? marked.End : CodeBrackets.CloseAfter(code, marked.End, line.End, openers);
        return start is { } first && end is { } last
            ? WithoutDots(code, new TextSpan(GrowLeft(code, line, first), GrowRight(code, line, last)), marked)
            : null;
    }

    private static int GrowLeft(string code, TextLine line, int start)
    {
        while (start > line.Start)
        {
            char before = code[start - 1];
            int? next = IsWord(before) || (before is '?' or '!' && start < line.End && code[start] == '.') ? start - 1
                : before is ')' or ']' ? CodeBrackets.OpenBefore(code, line.Start, start - 1, 1)
                : null;
            if (next is null)
            {
                break;
            }

            start = next.Value;
        }

        return start;
    }

    private static int GrowRight(string code, TextLine line, int end)
    {
        while (end < line.End)
        {
            char after = code[end];
            int? next = IsWord(after) || (after is '?' or '!' && end + 1 < line.End && code[end + 1] == '.') ? end + 1
                : after is '(' or '[' ? CodeBrackets.CloseAfter(code, end + 1, line.End, 1)
                : null;
            if (next is null)
            {
                break;
            }

            end = next.Value;
        }

        return end;
    }

    // Dots at an end belong to what stands beyond it: a spread, a range, a chain that goes on below.
    private static TextSpan WithoutDots(string code, TextSpan grown, TextSpan marked)
    {
        (int start, int end) = grown;
        while (start < marked.Start && code[start] is '.' or '?' or '!')
        {
            start++;
        }

        while (end > marked.End && code[end - 1] is '.' or '?' or '!')
        {
            end--;
        }

        return new TextSpan(start, end);
    }

    private static bool IsWord(char character) => char.IsLetterOrDigit(character) || character is '_' or '$' or '.';

    private static TextSpan Statement(string text, string code, TextSpan marked)
    {
        TextLine first = TextLine.At(text, marked.Start);
        TextLine last = TextLine.At(text, marked.End);
        (TextLine First, TextLine Last) own = (first, last);
        int lines = 1 + Breaks(text, new TextSpan(first.Start, last.End));
        (int Closers, int Openers) alone = Alone(code, first, last);
        while (alone != (0, 0))
        {
            TextLine? grown = alone.Closers > 0 ? first.Above(text) : last.Below(text);
            if (grown is null || ++lines > MostLines)
            {
                (first, last) = own;
                break;
            }

            (first, last) = alone.Closers > 0 ? (grown.Value, last) : (first, grown.Value);
            alone = Alone(code, first, last);
        }

        return new TextSpan(first.Start, last.End).Trimmed(text);
    }

    private static (int Closers, int Openers) Alone(string code, TextLine first, TextLine last) =>
        CodeBrackets.Alone(code.AsSpan(first.Start, last.End - first.Start));

    private static int Breaks(string text, TextSpan span)
    {
        int breaks = 0;
        for (TextLine line = TextLine.At(text, span.Start); line.End < span.End && line.Below(text) is { } next; line = next)
        {
            breaks++;
        }

        return breaks;
    }
}
