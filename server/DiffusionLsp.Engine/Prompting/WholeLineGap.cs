namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// A gap between two lines: the text before it ends in a line break (or is empty), and the text after it begins a line
/// that is not blank. What goes there is whole lines, each with its line break. Tokens hold a line break together with
/// the indentation behind it, so a middle that ends in a bare one, and a suffix that begins without, are texts that no
/// model meets in training. So the break that ends the middle goes to the suffix while the model writes.
/// </summary>
internal static class WholeLineGap
{
    /// <summary>Whether the gap lies between two lines.</summary>
    public static bool Is(InfillRequest request) =>
        request.Prefix is "" or [.., '\n' or '\r']
        && request.Suffix is [not ('\n' or '\r'), ..]
        && !string.IsNullOrWhiteSpace(FirstLine(request.Suffix));

    /// <summary>The same gap with its last line break in the suffix.</summary>
    public static InfillRequest Open(InfillRequest request) =>
        request with { Suffix = LineBreak(request) + request.Suffix };

    /// <summary>The result of <see cref="Open"/>'s gap as the whole lines that the gap takes; nothing remains nothing.</summary>
    public static InfillResult Ended(InfillResult result, InfillRequest request) =>
        result.Middle.Length == 0 ? result : result with { Middle = result.Middle + LineBreak(request) };

    /// <summary>The break of the line before the gap, or of the next one where there is none.</summary>
    private static string LineBreak(InfillRequest request)
    {
        string line = FirstLine(request.Suffix);
        string text = request.Prefix.Length > 0 ? request.Prefix : request.Suffix[..Math.Min(line.Length + 2, request.Suffix.Length)];
        return text switch
        {
            [.., '\r', '\n'] => "\r\n",
            [.., '\r'] => "\r",
            _ => "\n",
        };
    }

    private static string FirstLine(string text) =>
        text.AsSpan().IndexOfAny('\n', '\r') is >= 0 and var length ? text[..length] : text;
}
