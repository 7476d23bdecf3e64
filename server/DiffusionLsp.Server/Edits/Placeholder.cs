using System.Text.RegularExpressions;
using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Edits;

/// <summary>
/// What people write where code is still to come: an empty body, a statement that only throws, a comment that says so, or
/// a marker of the user's own.
/// </summary>
/// <param name="Span">What the infill replaces.</param>
/// <param name="Lead">What is put before the infill: the break and indentation of a new line; else empty.</param>
internal sealed partial record Placeholder(TextSpan Span, string Lead)
{
    /// <summary>The placeholder on the line of an offset, the nearest one where there are several; null where there is none.</summary>
    /// <param name="document">The document.</param>
    /// <param name="code">The same as bare code.</param>
    /// <param name="offset">The offset.</param>
    /// <param name="markers">The user's own markers.</param>
    public static Placeholder? Find(TextDocument document, string code, int offset, IReadOnlyList<string> markers)
    {
        string text = document.Text;
        TextLine line = TextLine.At(text, offset);
        bool isPython = SourceLanguage.OfId(document.LanguageId).Name == SourceLanguage.Python;
        return Nearest(offset, Markers(text, line, markers))
            ?? Nearest(offset, Throws(text, code, line))
            ?? (isPython ? Nearest(offset, PythonStatements(code, line)) : Nearest(offset, EmptyBraces(document, code, line)))
            ?? Nearest(offset, Comments(document, code, line));
    }

    private static Placeholder? Nearest(int offset, IEnumerable<Placeholder> found) => found.MinBy(
        placeholder => Math.Max(0, Math.Max(placeholder.Span.Start - offset, offset - placeholder.Span.End)));

    private static IEnumerable<Placeholder> Markers(string text, TextLine line, IReadOnlyList<string> markers)
    {
        // Where one marker begins with another, the longer one is meant.
        foreach (string marker in markers.OrderByDescending(marker => marker.Length))
        {
            int at = line.Start;
            while ((at = text.IndexOf(marker, at, line.End - at, StringComparison.Ordinal)) >= 0)
            {
                yield return new Placeholder(new TextSpan(at, at + marker.Length), "");
                at += marker.Length;
            }
        }
    }

    private static IEnumerable<Placeholder> Throws(string text, string code, TextLine line)
    {
        foreach (Match found in NotImplementedThrow().Matches(code[line.Start..line.End]))
        {
            int start = line.Start + found.Index;
            int open = start + found.Length;
            if (CodeBrackets.CloseAfter(code, open, line.End, 1) is not { } end
                || (found.Groups["plain"].Success && !SaysNotImplemented().IsMatch(text[open..end])))
            {
                continue;
            }

            // A statement goes with its semicolon, since more than one may take its place; an expression leaves it.
            int after = end + code[end..line.End].Length - code[end..line.End].TrimStart().Length;
            bool takesSemicolon = after < line.End && code[after] == ';'
                && code[line.Start..start].TrimEnd() is "" or [.., '{' or '}' or ';' or ')'];
            yield return new Placeholder(new TextSpan(start, takesSemicolon ? after + 1 : end), "");
        }
    }

    private static IEnumerable<Placeholder> PythonStatements(string code, TextLine line) =>
        EmptyPythonStatement().Match(code[line.Start..line.End]).Groups["statement"] is { Success: true } statement
            ? [new Placeholder(new TextSpan(line.Start + statement.Index, line.Start + statement.Index + statement.Length), "")]
            : [];

    private static IEnumerable<Placeholder> EmptyBraces(TextDocument document, string code, TextLine line)
    {
        TextLine above = line.Above(code) ?? line;
        TextLine below = line.Below(code) ?? line;
        foreach (Match found in EmptyBracePair().Matches(code[above.Start..below.End]))
        {
            int open = above.Start + found.Index;
            int close = open + found.Length - 1;
            TextLine first = TextLine.At(code, open);
            if (first.Start > line.End || close < line.Start)
            {
                continue;
            }

            // Over two lines the closing one stays as it is, and the gap is a line between them.
            yield return first.End < close
                ? new Placeholder(
                    new TextSpan(open + 1, first.End),
                    document.LineEnding + TextLine.At(code, close).Indentation(code) + IndentationUnit(document.Text))
                : new Placeholder(new TextSpan(open + 1, close), "");
        }
    }

    private static IEnumerable<Placeholder> Comments(TextDocument document, string code, TextLine line)
    {
        foreach (Match comment in PaintedComment().Matches(code[line.Start..line.End]))
        {
            string said = document.Text.Substring(line.Start + comment.Index, comment.Length).TrimEnd();
            if (WholeComment().IsMatch(said) && SaysToDo().IsMatch(said))
            {
                yield return new Placeholder(
                    new TextSpan(line.End, line.End), document.LineEnding + line.Indentation(document.Text));
            }
        }
    }

    /// <summary>One step of the document's indentation, as its first indented line has it.</summary>
    private static string IndentationUnit(string text) => FirstIndentation().Match(text).Value switch
    {
        ['\t', ..] => "\t",
        "  " => "  ",
        _ => "    ",
    };

    [GeneratedRegex(@"\bthrow\s+new\s+(?:[\w.]*\.)?(?:NotImplementedException|NotImplementedError|(?<plain>Error))\s*\(")]
    private static partial Regex NotImplementedThrow();

    [GeneratedRegex(@"\bnot\s+(?:yet\s+)?implemented", RegexOptions.IgnoreCase)]
    private static partial Regex SaysNotImplemented();

    // A header before the colon makes it a body of one line; anything else before it is another statement.
    [GeneratedRegex(
        @"^[ \t]*(?:(?:async[ \t]+)?(?:def|class|if|elif|else|for|while|try|except|finally|with)\b.*:[ \t]*)?"
        + @"(?<statement>pass|\.\.\.|raise[ \t]+NotImplementedError(?:[ \t]*\(.*\))?)[ \t]*\0*$")]
    private static partial Regex EmptyPythonStatement();

    // C#'s pattern `is { }` is a question and no body.
    [GeneratedRegex(@"(?<!\b(?:is|not)[ \t]*)\{[ \t]*(?:\r\n|\r|\n)?[ \t]*\}")]
    private static partial Regex EmptyBracePair();

    [GeneratedRegex(@"\0+")]
    private static partial Regex PaintedComment();

    // The gap below a comment must not lie within it.
    [GeneratedRegex(@"^(?:#|//|/\*.*\*/$)")]
    private static partial Regex WholeComment();

    [GeneratedRegex(@"\b(?:TODO|FIXME)\b")]
    private static partial Regex SaysToDo();

    [GeneratedRegex(@"(?<=[\r\n])[ \t]+(?=[^\s*])")]
    private static partial Regex FirstIndentation();
}
