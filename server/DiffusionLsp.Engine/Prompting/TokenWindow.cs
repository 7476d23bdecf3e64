using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>A piece of a text and its length in tokens.</summary>
/// <param name="Text">The piece.</param>
/// <param name="Tokens">Its length in tokens.</param>
internal sealed record FittedText(string Text, int Tokens);

/// <summary>
/// Cuts text to a number of tokens, at a line border where there is one. It tokenizes about as much as it keeps,
/// however long the text is.
/// </summary>
internal static class TokenWindow
{
    // Code has three to four characters to a token; where it has more, the window is doubled.
    private const int CharactersPerToken = 4;

    /// <summary>The end of the text.</summary>
    public static FittedText Tail(CodeTokenizer tokenizer, string text, int tokens)
    {
        for (long window = (long)tokens * CharactersPerToken; ; window *= 2)
        {
            int start = Whole(text, (int)Math.Max(0, text.Length - window));
            string piece = text[start..];
            var encoded = tokenizer.EncodeWithOffsets(piece);
            int excess = encoded.Ranges.Count - tokens;
            if (excess > 0)
            {
                int cut = Whole(piece, excess < encoded.Ranges.Count ? encoded.Ranges[excess].Start : piece.Length);
                int line = cut == 0 ? 0 : piece.IndexOf('\n', cut - 1) + 1;
                string kept = piece[(IsNear(line, cut, piece.Length - cut) ? line : cut)..];
                return new FittedText(kept, Math.Min(tokens, tokenizer.Encode(kept).Length));
            }

            if (start == 0 || tokens == 0)
            {
                return new FittedText(piece, encoded.Ranges.Count);
            }
        }
    }

    /// <summary>The start of the text.</summary>
    public static FittedText Head(CodeTokenizer tokenizer, string text, int tokens)
    {
        for (long window = (long)tokens * CharactersPerToken; ; window *= 2)
        {
            int end = Whole(text, (int)Math.Min(text.Length, window));
            string piece = text[..end];
            var encoded = tokenizer.EncodeWithOffsets(piece);
            if (encoded.Ranges.Count > tokens)
            {
                int cut = Whole(piece, encoded.Ranges[tokens].Start);
                int line = cut == 0 ? 0 : piece.LastIndexOf('\n', cut - 1) + 1;
                string kept = piece[..(IsNear(cut, line, cut) ? line : cut)];
                return new FittedText(kept, Math.Min(tokens, tokenizer.Encode(kept).Length));
            }

            if (end == text.Length || tokens == 0)
            {
                return new FittedText(piece, encoded.Ranges.Count);
            }
        }
    }

    /// <summary>Whether cutting at the line border, too, leaves at least half of what there is.</summary>
    private static bool IsNear(int later, int earlier, int length) => later >= earlier && (later - earlier) * 2 <= length;

    /// <summary>The index, or the one before it where it would cut a surrogate pair.</summary>
    private static int Whole(string text, int index) =>
        index > 0 && index < text.Length && char.IsLowSurrogate(text[index]) && char.IsHighSurrogate(text[index - 1])
            ? index - 1
            : index;
}
