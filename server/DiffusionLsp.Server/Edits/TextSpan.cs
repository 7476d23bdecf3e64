namespace DiffusionLsp.Server.Edits;

/// <summary>A stretch of a text, in UTF-16 code units; the end is not part of it.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct TextSpan(int Start, int End)
{
    /// <summary>The number of code units.</summary>
    public int Length => End - Start;

    /// <summary>What the span holds.</summary>
    public string In(string text) => text[Start..End];

    /// <summary>The span without the blanks and line breaks at its ends; the span itself where it holds nothing else.</summary>
    public TextSpan Trimmed(string text)
    {
        ReadOnlySpan<char> held = text.AsSpan(Start, Length);
        int start = Start + Length - held.TrimStart().Length;
        int end = Start + held.TrimEnd().Length;
        return start < end ? new TextSpan(start, end) : this;
    }
}

/// <summary>One line of a text without its line break.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where its line break stands, or the text ends.</param>
internal readonly record struct TextLine(int Start, int End)
{
    /// <summary>The line that an offset lies on.</summary>
    public static TextLine At(string text, int offset)
    {
        bool isWithinBreak = offset > 0 && offset < text.Length && text[offset - 1] == '\r' && text[offset] == '\n';
        int inside = isWithinBreak ? offset - 1 : offset;
        int start = text.AsSpan(0, inside).LastIndexOfAny('\r', '\n') + 1;
        int length = text.AsSpan(inside).IndexOfAny('\r', '\n');
        return new TextLine(start, length < 0 ? text.Length : inside + length);
    }

    /// <summary>The line above; null at the text's beginning.</summary>
    public TextLine? Above(string text) => Start == 0 ? null : At(text, Start - 1);

    /// <summary>The line below; null at the text's end.</summary>
    public TextLine? Below(string text) => End == text.Length
        ? null
        : At(text, End + (text.AsSpan(End).StartsWith("\r\n", StringComparison.Ordinal) ? 2 : 1));

    /// <summary>The blanks that the line begins with.</summary>
    public string Indentation(string text)
    {
        ReadOnlySpan<char> line = text.AsSpan(Start, End - Start);
        return line[..^line.TrimStart().Length].ToString();
    }

    /// <summary>What the line says, without the blanks around it.</summary>
    public TextSpan Content(string text) => new TextSpan(Start, End).Trimmed(text);
}
