using System.Text;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>One side of the context in tokens, and the seam where some of them were taken back.</summary>
/// <param name="Ids">The tokens that stay context.</param>
/// <param name="Seam">The tokens that the span must write again; null where the cursor stands between tokens.</param>
internal sealed record HealedSide(IReadOnlyList<int> Ids, Seam? Seam);

/// <summary>
/// Decides which tokens at the cursor are taken back. Text that is cut at a cursor tokenizes differently from the
/// text that is meant: <c>retur|</c> gives <c>ret</c>, <c>ur</c>, which no model has seen before an <c>n</c>. So
/// tokens are taken back where what comes next would probably have belonged to them, and nowhere else: the network
/// cannot see what was taken back until the span holds it again. It constrains nothing itself; that is the seam's.
/// </summary>
internal static class SeamHealing
{
    /// <summary>The most tokens taken back on one side.</summary>
    public const int MostTakenBack = 4;

    // Long enough for every word and its surroundings, short enough to be free.
    private const int ProbeLength = 64;

    // What closes something is hardly ever followed by a word, whatever a tokenizer would make of the two.
    private const string Ending = ")]};";

    /// <summary>
    /// The seam behind the text before the cursor. Behind a word its tokens are taken back, as many as one longer
    /// token could replace. Behind a blank, a newline or punctuation that character is taken back where this tokenizer
    /// would join it with what follows: <c>self.|</c>, where <c>.name</c> is one token.
    /// </summary>
    public static HealedSide Left(CodeTokenizer tokenizer, TokenizedText prefix)
    {
        int wordStart = prefix.Text.Length - TrailingWord(prefix.Text);
        int inWord = prefix.Ranges.Reverse().TakeWhile(range => range.End > wordStart).Count();
        return inWord > 0 ? LeftOfWord(tokenizer, prefix.Ids, inWord) : LeftOfCharacter(tokenizer, prefix);
    }

    /// <summary>
    /// The seam in front of the text after the cursor. Only a word whose token the cursor cuts is taken back: the
    /// network reads more from seeing punctuation than it would lose by an unusual border in front of it.
    /// </summary>
    public static HealedSide Right(CodeTokenizer tokenizer, string prefix, TokenizedText suffix)
    {
        int word = LeadingWord(suffix.Text);
        int inWord = suffix.Ranges.TakeWhile(range => range.Start < word).Count();
        if (inWord == 0 || !CutsToken(tokenizer, prefix, suffix.Text))
        {
            return new HealedSide(suffix.Ids, null);
        }

        for (int count = Math.Min(inWord, MostTakenBack); count > 0; count--)
        {
            int[] taken = [.. suffix.Ids.Take(count)];
            bool endsCharacter = count == suffix.Ids.Count || !BeginsInsideCharacter(tokenizer, suffix.Ids[count]);
            if (endsCharacter && IsPartOfAnother(tokenizer.TokensEndingWith(BytesOf(tokenizer, taken)), taken))
            {
                return new HealedSide([.. suffix.Ids.Skip(count)], new Seam(tokenizer, SeamSide.Right, taken));
            }
        }

        return new HealedSide(suffix.Ids, null);
    }

    private static HealedSide LeftOfWord(CodeTokenizer tokenizer, IReadOnlyList<int> ids, int inWord)
    {
        for (int count = Math.Min(inWord, MostTakenBack); count > 0; count--)
        {
            int[] taken = [.. ids.Skip(ids.Count - count)];
            if (!BeginsInsideCharacter(tokenizer, taken[0])
                && IsPartOfAnother(tokenizer.TokensStartingWith(BytesOf(tokenizer, taken)), taken))
            {
                return new HealedSide([.. ids.Take(ids.Count - count)], new Seam(tokenizer, SeamSide.Left, taken));
            }
        }

        return new HealedSide(ids, null);
    }

    private static HealedSide LeftOfCharacter(CodeTokenizer tokenizer, TokenizedText prefix)
    {
        string text = prefix.Text;
        if (text.Length == 0 || !MayLeadToMore(text[^1]) || !IsJoinedWithNext(tokenizer, text))
        {
            return new HealedSide(prefix.Ids, null);
        }

        var seam = new Seam(tokenizer, SeamSide.Left, tokenizer.Encode(text[^1..]));
        return new HealedSide([.. prefix.Ids.SkipLast(1), .. tokenizer.Encode(text[prefix.Ranges[^1].Start..^1])], seam);
    }

    private static bool MayLeadToMore(char typed) =>
        typed is ' ' or '\n' || (char.IsBetween(typed, '!', '~') && !Ending.Contains(typed));

    /// <summary>
    /// Whether the tokenizer joins the last character with what people write next: a word, or behind a newline an
    /// indentation. Tried with the most frequent such token, which by the construction of BPE has the lowest id.
    /// </summary>
    private static bool IsJoinedWithNext(CodeTokenizer tokenizer, string prefix)
    {
        byte typed = (byte)prefix[^1];
        int likeliest = tokenizer.TokensStartingWith([typed])
            .Where(id => tokenizer.TokenBytes(id) is [_, .. { Length: > 0 } next]
                && (typed == '\n' ? next.All(b => b == ' ') : char.IsAsciiLetter((char)next[0])))
            .DefaultIfEmpty(-1)
            .Min();
        return likeliest >= 0
            && CutsToken(tokenizer, prefix, Encoding.UTF8.GetString(tokenizer.TokenBytes(likeliest).AsSpan(1)));
    }

    /// <summary>Whether a token of the joint text begins before the border and ends after it.</summary>
    private static bool CutsToken(CodeTokenizer tokenizer, string before, string after)
    {
        string head = before[^Math.Min(before.Length, ProbeLength)..];
        string tail = after[..Math.Min(after.Length, ProbeLength)];
        return tokenizer.EncodeWithOffsets(head + tail).Ranges
            .Any(token => token.Start < head.Length && token.End > head.Length);
    }

    private static bool IsPartOfAnother(IReadOnlyList<int> tokens, int[] taken) =>
        tokens.Any(id => taken.Length > 1 || id != taken[0]);

    // Tokens may hold a part of a character; a seam never does.
    private static bool BeginsInsideCharacter(CodeTokenizer tokenizer, int id) =>
        tokenizer.TokenBytes(id) is [var first, ..] && (first & 0xC0) == 0x80;

    private static byte[] BytesOf(CodeTokenizer tokenizer, int[] ids) => tokenizer.DecodeBytes(ids);

    private static int TrailingWord(string text)
    {
        int length = 0;
        while (Rune.DecodeLastFromUtf16(text.AsSpan(0, text.Length - length), out var rune, out int units)
                == System.Buffers.OperationStatus.Done
            && IsWord(rune))
        {
            length += units;
        }

        return length;
    }

    private static int LeadingWord(string text)
    {
        int length = 0;
        while (Rune.DecodeFromUtf16(text.AsSpan(length), out var rune, out int units)
                == System.Buffers.OperationStatus.Done
            && IsWord(rune))
        {
            length += units;
        }

        return length;
    }

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value == '_';
}
