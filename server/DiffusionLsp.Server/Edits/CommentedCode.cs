namespace DiffusionLsp.Server.Edits;

/// <summary>Code that a comment says something about: the comment is the instruction, and the code is written again.</summary>
internal static class CommentedCode
{
    /// <summary>
    /// What is written again of a selection: what follows its own first comment lines, or all of it where the line right
    /// above it is a comment. Null where no comment leads it, or nothing follows.
    /// </summary>
    /// <param name="text">The document.</param>
    /// <param name="code">The same as bare code.</param>
    /// <param name="selection">The selection.</param>
    public static TextSpan? In(string text, string code, TextSpan selection)
    {
        TextSpan selected = selection.Trimmed(text);
        TextLine line = TextLine.At(text, selected.Start);
        if (selected.Start != line.Content(text).Start || string.IsNullOrWhiteSpace(selected.In(text)))
        {
            return null;
        }

        if (!IsComment(code, line))
        {
            return line.Above(text) is { } above && IsComment(code, above) ? selected : null;
        }

        TextLine? next = line;
        while (next is { } comment && (IsComment(code, comment) || comment.Content(text).In(text).Trim().Length == 0))
        {
            next = comment.Below(text);
        }

        return next is { } first && first.Content(text).Start < selected.End
            ? new TextSpan(first.Content(text).Start, selected.End)
            : null;
    }

    private static bool IsComment(string code, TextLine line)
    {
        ReadOnlySpan<char> content = code.AsSpan(line.Start, line.End - line.Start).Trim();
        return content.Length > 0 && content.IndexOfAnyExcept(BareCode.InComment, ' ', '\t') < 0;
    }
}
