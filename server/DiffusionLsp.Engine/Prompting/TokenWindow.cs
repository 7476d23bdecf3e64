using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>A piece of a text together with its tokens.</summary>
/// <param name="Text">The piece.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="Ranges">Where in the piece each of them lies.</param>
internal sealed record TokenizedText(string Text, IReadOnlyList<int> Ids, IReadOnlyList<TextRange> Ranges)
{
    /// <summary>Tokenizes a text.</summary>
    public static TokenizedText Of(CodeTokenizer tokenizer, string text)
    {
        var encoded = tokenizer.EncodeWithOffsets(text);
        return new TokenizedText(text, encoded.Ids, encoded.Ranges);
    }

    /// <summary>The tokens from <paramref name="first"/> to before <paramref name="end"/>, and their text.</summary>
    public TokenizedText Slice(int first, int end)
    {
        int start = StartOf(first);
        return new TokenizedText(
            Text[start..StartOf(end)],
            [.. Ids.Skip(first).Take(end - first)],
            [.. Ranges.Skip(first).Take(end - first).Select(range => range with { Start = range.Start - start })]);
    }

    /// <summary>Whether a line begins or ends in front of the token.</summary>
    public bool IsLineBorder(int token)
    {
        int start = StartOf(token);
        return start == 0 || start == Text.Length || Text[start] is '\n' or '\r' || Text[start - 1] == '\n';
    }

    /// <summary>
    /// Whether the token is the first of a line on which windows like to begin. The line's own text decides, one
    /// in four does, so that the window of a text that grows begins at the same line for a while, and what was computed of it
    /// holds. (Content-defined chunking.)
    /// </summary>
    public bool IsAnchor(int token)
    {
        const uint FnvOffset = 2_166_136_261;
        const uint FnvPrime = 16_777_619;
        const uint OneIn = 4;
        if (token >= Ids.Count || StartOf(token) is not (> 0 and var start) || Text[start - 1] != '\n')
        {
            return false;
        }

        var line = Text.AsSpan(start);
        int end = line.IndexOf('\n');
        line = (end < 0 ? [] : line[..end]).Trim();
        uint hash = FnvOffset;
        foreach (char character in line)
        {
            hash = (hash ^ character) * FnvPrime;
        }

        return line.Length > 0 && (hash >> 16) % OneIn == 0;
    }

    /// <summary>Whether the token begins with a part of a character that the one before it began.</summary>
    public bool SharesCharacter(int token) =>
        token > 0 && token < Ids.Count && Ranges[token].Start < Ranges[token - 1].End;

    private int StartOf(int token) => token < Ids.Count ? Ranges[token].Start : Text.Length;
}

/// <summary>
/// Cuts text to a number of tokens, at a line border where there is one in the half that is farther from the gap; the end of a
/// text preferably at an anchor, where it then stays while somebody types. It tokenizes about as much as it keeps, and once, however long the text is.
/// </summary>
internal static class TokenWindow
{
    // Code has three to four characters to a token; where it has more, the window is doubled.
    private const int CharactersPerToken = 4;

    // How much of a window may be given up so that it begins where the one before it did.
    private const int AnchorShare = 4;

    /// <summary>The end of the text.</summary>
    public static TokenizedText Tail(CodeTokenizer tokenizer, string text, int tokens)
    {
        for (long window = (long)tokens * CharactersPerToken; ; window *= 2)
        {
            int start = WholeCharacter(text, (int)Math.Max(0, text.Length - window));
            var piece = TokenizedText.Of(tokenizer, text[start..]);
            int excess = piece.Ids.Count - tokens;
            if (excess > 0)
            {
                int first = Enumerable.Range(excess, tokens / AnchorShare).FirstOrDefault(
                    piece.IsAnchor,
                    Enumerable.Range(excess, (tokens / 2) + 1).FirstOrDefault(piece.IsLineBorder, excess));
                while (piece.SharesCharacter(first))
                {
                    first++;
                }

                return piece.Slice(first, piece.Ids.Count);
            }

            if (start == 0 || tokens == 0)
            {
                return piece;
            }
        }
    }

    /// <summary>The start of the text.</summary>
    public static TokenizedText Head(CodeTokenizer tokenizer, string text, int tokens)
    {
        for (long window = (long)tokens * CharactersPerToken; ; window *= 2)
        {
            int length = WholeCharacter(text, (int)Math.Min(text.Length, window));
            var piece = TokenizedText.Of(tokenizer, text[..length]);
            if (piece.Ids.Count > tokens)
            {
                int half = tokens / 2;
                int end = Enumerable.Range(tokens - half, half + 1).LastOrDefault(piece.IsLineBorder, tokens);
                while (piece.SharesCharacter(end))
                {
                    end--;
                }

                return piece.Slice(0, end);
            }

            if (length == text.Length || tokens == 0)
            {
                return piece;
            }
        }
    }

    /// <summary>The index, or the one before it where it would cut a surrogate pair.</summary>
    private static int WholeCharacter(string text, int index) =>
        index > 0 && index < text.Length && char.IsLowSurrogate(text[index]) && char.IsHighSurrogate(text[index - 1])
            ? index - 1
            : index;
}
