using System.Buffers;
using System.Text;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// Turns the cells of a span into text: leaves out the bytes at the seams, which the document holds already, and
/// never lets half a character or the text of a control token out.
/// </summary>
internal sealed class SpanText(CodeTokenizer tokenizer, Seam? left, Seam? right)
{
    /// <summary>
    /// The text of a finished span. A character that the model began and did not finish ends it: what would follow
    /// was meant for another text. So does U+FFFD, as which the model reads half a character of the document, and a
    /// control token's text, spelled out of ordinary tokens.
    /// </summary>
    public string Middle(IReadOnlyList<SpanCell> cells)
    {
        byte[] bytes = [.. NewBytes(cells).SelectMany(part => part ?? [])];
        int valid = 0;
        while (Rune.DecodeFromUtf8(bytes.AsSpan(valid), out var rune, out int length) == OperationStatus.Done
            && rune != Rune.ReplacementChar)
        {
            valid += length;
        }

        string text = Encoding.UTF8.GetString(bytes, 0, valid);
        return tokenizer.IndexOfAddedToken(text) is { } control ? text[..control] : text;
    }

    /// <summary>
    /// The cells for people to watch. A character that several tokens spell is shown where it is complete, bytes that
    /// make no character are not.
    /// </summary>
    public IReadOnlyList<CanvasCell> Cells(IReadOnlyList<SpanCell> cells)
    {
        var shown = new List<CanvasCell>(cells.Count);
        byte[] begun = [];
        foreach (var (cell, bytes) in cells.Zip(NewBytes(cells)))
        {
            byte[] all = bytes is null ? [] : [.. begun, .. bytes];
            string text = WholeCharacters(all, out int read);
            begun = all[read..];
            shown.Add(new CanvasCell(text, cell.State, cell.Confidence));
        }

        return shown;
    }

    private static string WholeCharacters(ReadOnlySpan<byte> bytes, out int read)
    {
        var text = new StringBuilder();
        read = 0;
        while (Rune.DecodeFromUtf8(bytes[read..], out var rune, out int length) is var status
            && status != OperationStatus.NeedMoreData)
        {
            read += length;
            text.Append(status == OperationStatus.Done && rune != Rune.ReplacementChar ? rune.ToString() : "");
        }

        return text.ToString();
    }

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
