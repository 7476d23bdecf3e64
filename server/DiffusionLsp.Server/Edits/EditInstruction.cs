using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Edits;

/// <summary>
/// What the user says is to be done to code. Models that follow instructions read them in comments, so the model is shown
/// the document with one above the code; the document itself gets none.
/// </summary>
/// <param name="Line">What is said, in one line.</param>
internal sealed record EditInstruction(string Line)
{
    // By the client's language ids: the languages whose line comments begin with a hash. In all others, those that are not
    // known among them, two slashes are understood.
    private static readonly HashSet<string> _hashLanguages = new(StringComparer.Ordinal)
    {
        "python", "coffeescript", "dockerfile", "elixir", "julia", "makefile", "perl", "powershell", "r", "ruby",
        "shellscript", "toml", "yaml",
    };

    /// <summary>The instruction of a text, whose lines become one; null where it says nothing.</summary>
    public static EditInstruction? Of(string? text) =>
        text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words
            ? new EditInstruction(string.Join(' ', words))
            : null;

    /// <summary>The document up to an offset, with the instruction in a line above the offset's.</summary>
    public string Above(TextDocument document, int offset)
    {
        var line = TextLine.At(document.Text, offset);
        string mark = _hashLanguages.Contains(document.LanguageId) ? "#" : "//";
        return string.Concat(
            document.Text.AsSpan(0, line.Start),
            $"{line.Indentation(document.Text)}{mark} {Line}{document.LineEnding}",
            document.Text.AsSpan(line.Start, offset - line.Start));
    }
}
