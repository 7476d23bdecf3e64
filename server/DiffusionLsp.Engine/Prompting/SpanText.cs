using System.Buffers;
using System.Text;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// Turns the cells of a span into text: leaves out the bytes at the seams, which the document holds already, and
/// never lets half a character out.
/// </summary>
internal sealed class SpanText(CodeTokenizer tokenizer, Seam? left, Seam? right)
{
    /// <summary>
    /// The text of a finished span. A character that the model began and did not finish ends it: what would follow
    /// was meant for another text.
    /// </summary>
    public string Middle(IReadOnlyList<SpanCell> cells)
    {
        byte[] bytes = [.. NewBytes(cells).SelectMany(part => part ?? [])];
        int valid = 0;
        while (Rune.DecodeFromUtf8(bytes.AsSpan(valid), out _, out int length) == OperationStatus.Done)
        {
            valid += length;
        }

        return Encoding.UTF8.GetString(bytes, 0, valid);
    }

    /// <summary>The cells for people to watch.</summary>
    public IReadOnlyList<CanvasCell> Cells(IReadOnlyList<SpanCell> cells) =>
    [
        .. cells.Zip(NewBytes(cells), (cell, bytes) =>
            new CanvasCell(Encoding.UTF8.GetString(bytes ?? []), cell.State, cell.Confidence)),
    ];

    /// <summary>What each cell adds to the document; null while it is masked.</summary>
    private byte[]?[] NewBytes(IReadOnlyList<SpanCell> cells)
    {
        byte[]?[] parts =
            [.. cells.Select(cell => cell.State == CellState.Masked ? null : tokenizer.TokenBytes(cell.TokenId))];

        // A seam's cells are committed from its edge inwards, so up to the first mask they spell the typed bytes.
        int typed = left?.TypedBytes.Length ?? 0;
        for (int i = 0; i < parts.Length && typed > 0 && parts[i] is { } part; i++)
        {
            parts[i] = part[Math.Min(typed, part.Length)..];
            typed -= Math.Min(typed, part.Length);
        }

        typed = right?.TypedBytes.Length ?? 0;
        for (int i = parts.Length - 1; i >= 0 && typed > 0 && parts[i] is { } part; i--)
        {
            parts[i] = part[..^Math.Min(typed, part.Length)];
            typed -= Math.Min(typed, part.Length);
        }

        return parts;
    }
}
