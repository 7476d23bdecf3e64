using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using DiffusionLsp.Engine.Checkpoints;
using Microsoft.ML.Tokenizers;

namespace DiffusionLsp.Engine.Tokenization;

/// <summary>
/// Turns source code into token ids and back, by the byte-level BPE of a checkpoint's <c>tokenizer.json</c>. What a
/// user typed is always text: it never becomes a special token, whatever it looks like. It knows nothing of masks
/// and canvases. Safe to use from several threads.
/// </summary>
/// <remarks>
/// Microsoft.ML.Tokenizers merges; the cuts before it, the normal form, the bytes and the offsets are ours, because
/// the library's take the UTF-16 units of .NET for characters.
/// </remarks>
internal sealed class CodeTokenizer
{
    /// <summary>
    /// Longer pieces are cut: such a run of one kind of character is data, and merging costs the square of its length.
    /// </summary>
    private const int LongestPiece = 4096;

    private const int LongestCachedPiece = 32;
    private const int MostCachedPieces = 1 << 16;

    private readonly PieceSplitter _splitter;
    private readonly Func<string, NormalizedText> _normalize;
    private readonly BpeTokenizer _merger;
    private readonly TokenTable _tokens;
    private readonly Dictionary<string, int> _addedTokens;
    private readonly Lazy<Regex> _addedPattern;
    private readonly ConcurrentDictionary<string, int[]> _idsOfPiece = new(StringComparer.Ordinal);
    private int _cachedPieces;

    private CodeTokenizer(TokenizerFile file)
    {
        _splitter = new PieceSplitter(file.Patterns);
        _normalize = file.Normalize;
        _addedTokens = ReadAddedTokens(file);
        _addedPattern = new(MakeAddedPattern);
        HashSet<int> addedIds = [.. _addedTokens.Values];
        _tokens = MakeTable(file, addedIds);
        _merger = MakeMerger(file, addedIds);
    }

    /// <summary>One more than the highest id; some ids below it may stand for nothing.</summary>
    public int VocabularySize => _tokens.Size;

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="folderOrFile">A checkpoint's folder, or its <c>tokenizer.json</c>.</param>
    /// <exception cref="CheckpointException">The file is missing, corrupt or of a kind that is not supported.</exception>
    public static CodeTokenizer Load(string folderOrFile)
    {
        bool isFolder = Directory.Exists(folderOrFile);
        return new(isFolder ? TokenizerFile.ReadFolder(folderOrFile) : TokenizerFile.Read(folderOrFile));
    }

    /// <summary>Encodes text. A lone surrogate counts as U+FFFD.</summary>
    public int[] Encode(string text)
    {
        string normalized = _normalize(WellFormed(text)).Text;
        var ids = new List<int>(normalized.Length / 3);
        foreach (var piece in PiecesOf(normalized))
        {
            ids.AddRange(Merge(normalized, piece));
        }

        return [.. ids];
    }

    /// <summary>Encodes text and says where in it each token lies.</summary>
    public EncodedText EncodeWithOffsets(string text)
    {
        var normalized = _normalize(WellFormed(text));
        var ids = new List<int>();
        var ranges = new List<TextRange>();
        foreach (var piece in PiecesOf(normalized.Text))
        {
            var codePoints = CodePointOfEachByte(normalized.Text, piece);
            int start = 0;
            foreach (int id in Merge(normalized.Text, piece))
            {
                int end = start + TokenBytes(id).Length;
                int first = codePoints[start].Start;
                ids.Add(id);
                ranges.Add(normalized.OriginOf(new TextRange(first, codePoints[end - 1].End - first)));
                start = end;
            }
        }

        return new EncodedText(ids, ranges);
    }

    /// <summary>Encodes text that we wrote ourselves: added tokens in it count as tokens.</summary>
    public int[] EncodeWithSpecialTokens(string text)
    {
        var ids = new List<int>();
        int end = 0;
        foreach (var match in _addedTokens.Count > 0 ? _addedPattern.Value.Matches(text) : Enumerable.Empty<Match>())
        {
            ids.AddRange(Encode(text[end..match.Index]));
            ids.Add(_addedTokens[match.Value]);
            end = match.Index + match.Length;
        }

        ids.AddRange(Encode(text[end..]));
        return [.. ids];
    }

    /// <summary>The text of the tokens. Special ones give nothing, bytes that are no UTF-8 give U+FFFD.</summary>
    public string Decode(IReadOnlyList<int> ids) => Encoding.UTF8.GetString(DecodeBytes(ids));

    /// <summary>The bytes of the tokens, which may end within a code point.</summary>
    public byte[] DecodeBytes(IReadOnlyList<int> ids) => [.. ids.SelectMany(TokenBytes)];

    /// <summary>The bytes of one token; none where <see cref="IsSpecial"/>.</summary>
    public byte[] TokenBytes(int id) => _tokens.Find(id) ?? [];

    /// <summary>
    /// Whether the id stands for no text: an added token, or an id that the vocabulary leaves out (checkpoints pad
    /// their embeddings). No text is ever encoded as one.
    /// </summary>
    public bool IsSpecial(int id) => _tokens.Find(id) is null;

    /// <summary>The id of an added token, e.g. <c>&lt;|mask|&gt;</c>; null where the vocabulary has none of the name.</summary>
    public int? TokenId(string addedToken) => _addedTokens.TryGetValue(addedToken, out int id) ? id : null;

    /// <summary>
    /// Where a text first spells an added token; null where it spells none. Blank ones do not count: some vocabularies
    /// add runs of spaces.
    /// </summary>
    public int? IndexOfAddedToken(string text)
    {
        var found = _addedTokens.Keys.Where(token => !string.IsNullOrWhiteSpace(token))
            .Select(token => text.IndexOf(token, StringComparison.Ordinal))
            .Where(index => index >= 0)
            .DefaultIfEmpty(-1)
            .Min();
        return found < 0 ? null : found;
    }

    /// <summary>All tokens whose bytes start with the prefix, in the order of their bytes.</summary>
    public IReadOnlyList<int> TokensStartingWith(ReadOnlySpan<byte> prefix) => _tokens.StartingWith(prefix);

    /// <summary>All tokens whose bytes end with the suffix, in the order of their bytes read backwards.</summary>
    public IReadOnlyList<int> TokensEndingWith(ReadOnlySpan<byte> suffix) => _tokens.EndingWith(suffix);

    /// <summary>The tokens of a piece. Source code repeats its pieces, and a look-up costs a tenth of a merge.</summary>
    private int[] Merge(string text, TextRange piece)
    {
        var characters = text.AsSpan(piece.Start, piece.Length);
        var cache = _idsOfPiece.GetAlternateLookup<ReadOnlySpan<char>>();
        if (cache.TryGetValue(characters, out int[]? known))
        {
            return known;
        }

        int[] ids = [.. _merger.EncodeToIds(characters, considerPreTokenization: false, considerNormalization: false)];
        if (piece.Length <= LongestCachedPiece && Interlocked.Increment(ref _cachedPieces) <= MostCachedPieces)
        {
            cache.TryAdd(characters, ids);
        }

        return ids;
    }

    private IEnumerable<TextRange> PiecesOf(string text)
    {
        foreach (var piece in _splitter.Split(text))
        {
            int start = piece.Start;
            while (piece.End - start > LongestPiece)
            {
                int length = char.IsHighSurrogate(text[start + LongestPiece - 1]) ? LongestPiece - 1 : LongestPiece;
                yield return new TextRange(start, length);
                start += length;
            }

            yield return new TextRange(start, piece.End - start);
        }
    }

    /// <summary>For each byte of the piece in UTF-8 where its code point lies in the text.</summary>
    private static List<TextRange> CodePointOfEachByte(string text, TextRange piece)
    {
        var codePoints = new List<TextRange>(piece.Length);
        int start = piece.Start;
        foreach (var rune in text.AsSpan(piece.Start, piece.Length).EnumerateRunes())
        {
            for (int i = 0; i < rune.Utf8SequenceLength; i++)
            {
                codePoints.Add(new TextRange(start, rune.Utf16SequenceLength));
            }

            start += rune.Utf16SequenceLength;
        }

        return codePoints;
    }

    /// <summary>The text with U+FFFD for each lone surrogate, which leaves every other unit where it was.</summary>
    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        var wellFormed = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            wellFormed.Append(rune);
        }

        return wellFormed.ToString();
    }

    private static Dictionary<string, int> ReadAddedTokens(TokenizerFile file)
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in file.AddedTokens)
        {
            if (!tokens.TryAdd(token.Content, token.Id))
            {
                throw CheckpointFault.In(file.Path, "added_tokens", $"names '{CheckpointFault.Shown(token.Content)}' twice.");
            }
        }

        return tokens;
    }

    /// <summary>Matches the added tokens, of several at one place the longest.</summary>
    private Regex MakeAddedPattern() =>
        new(string.Join('|', _addedTokens.Keys.OrderByDescending(content => content.Length).Select(Regex.Escape)));

    private static TokenTable MakeTable(TokenizerFile file, HashSet<int> addedIds)
    {
        var ids = new HashSet<int>(file.Vocabulary.Count);
        var bytesOfId = new Dictionary<int, byte[]>(file.Vocabulary.Count);
        foreach (var (token, id) in file.Vocabulary)
        {
            if (!ids.Add(id))
            {
                throw Fault($"gives the id {id} twice.");
            }

            if (addedIds.Contains(id))
            {
                continue;
            }

            if (!ByteLevelAlphabet.TryRead(token, out byte[]? bytes) || bytes.Length == 0)
            {
                throw Fault($"'{CheckpointFault.Shown(token)}' is not written in the alphabet of byte-level BPE.");
            }

            bytesOfId.Add(id, bytes);
        }

        if (bytesOfId.Values.Count(bytes => bytes.Length == 1) < 256)
        {
            throw Fault("lacks single bytes, so that some text could not be encoded.");
        }

        return new TokenTable(bytesOfId, Math.Max(bytesOfId.Keys.Max(), addedIds.DefaultIfEmpty().Max()) + 1);

        CheckpointException Fault(string problem) => CheckpointFault.In(file.Path, "model.vocab", problem);
    }

    private static BpeTokenizer MakeMerger(TokenizerFile file, HashSet<int> addedIds)
    {
        var added = file.Vocabulary.Where(token => addedIds.Contains(token.Value)).Select(token => token.Key).ToHashSet();
        if (added.Count > 0
            && file.Merges.FirstOrDefault(merge => added.Contains(merge.Replace(" ", null, StringComparison.Ordinal))) is { } making)
        {
            throw Fault($"'{CheckpointFault.Shown(making)}' makes an added token out of plain text.");
        }

        try
        {
            return BpeTokenizer.Create(new BpeOptions(file.Vocabulary) { Merges = file.Merges, ByteLevel = true });
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw Fault(CheckpointFault.Shown(e.Message));
        }

        CheckpointException Fault(string problem) => CheckpointFault.In(file.Path, "model.merges", problem);
    }
}
