using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Documents;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Edits;

/// <summary>Where an edit goes: one version of a document and what is replaced in it.</summary>
/// <param name="Document">The version.</param>
/// <param name="Kind">The kind of edit.</param>
/// <param name="Span">What is replaced.</param>
/// <param name="Lead">What is put before the infill.</param>
internal sealed record EditSite(TextDocument Document, EditKind Kind, TextSpan Span, string Lead)
{
    private const int MostLines = 200;
    private const int MostCharacters = 8_000;

    /// <summary>Whether nobody would want so much written again at once.</summary>
    public static bool IsAbsurd(TextDocument document, TextSpan span) =>
        span.Length > MostCharacters
        || document.PositionAt(span.End).Line - document.PositionAt(span.Start).Line >= MostLines;

    /// <summary>What the user says is to be done to the code; null where they say nothing.</summary>
    public EditInstruction? Instruction { get; init; }

    /// <summary>What is replaced, as text.</summary>
    public string OldText => Span.In(Document.Text);

    /// <summary>The same as positions.</summary>
    public Range Range => new(Document.PositionAt(Span.Start), Document.PositionAt(Span.End));

    /// <summary>The text around the gap, the instruction above it and the lead included.</summary>
    public ContextWindow Window => ContextWindow.Fit(
        string.Concat(Instruction?.Above(Document, Span.Start) ?? Document.Text.AsSpan(0, Span.Start), Lead),
        Document.Text.AsSpan(Span.End));

    /// <summary>
    /// What stands in the place of the old text for a middle. Where the middle has several lines, the blanks at their ends go;
    /// those at its own end stay where text follows on the line.
    /// </summary>
    public string NewText(string middle)
    {
        string[] lines = middle.ReplaceLineEndings("\n").Split('\n');
        bool endsLine = Span.End == Document.Text.Length || Document.Text[Span.End] is '\r' or '\n';
        for (int index = 0; lines.Length > 1 && index < lines.Length - (endsLine ? 0 : 1); index++)
        {
            lines[index] = lines[index].TrimEnd();
        }

        return Lead + string.Join(Document.LineEnding, lines);
    }
}
