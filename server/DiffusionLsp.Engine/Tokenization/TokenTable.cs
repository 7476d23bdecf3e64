namespace DiffusionLsp.Engine.Tokenization;

/// <summary>
/// The bytes that each token stands for, and the way back: which tokens start or end with given bytes. It neither
/// encodes nor decodes text.
/// </summary>
internal sealed class TokenTable
{
    private readonly byte[]?[] _bytes;
    private readonly Lazy<PrefixIndex> _byStart;
    private readonly Lazy<PrefixIndex> _byEnd;

    /// <summary>Makes the table.</summary>
    /// <param name="tokens">The tokens that stand for text.</param>
    /// <param name="size">One more than the highest id, tokens that stand for no text included.</param>
    public TokenTable(IEnumerable<KeyValuePair<int, byte[]>> tokens, int size)
    {
        _bytes = new byte[]?[size];
        foreach (var (id, bytes) in tokens)
        {
            _bytes[id] = bytes;
        }

        _byStart = new(() => new PrefixIndex(TokensWithText()));
        _byEnd = new(() => new PrefixIndex(TokensWithText().Select(token => (Reversed(token.Key), token.Id))));
    }

    /// <summary>One more than the highest id.</summary>
    public int Size => _bytes.Length;

    /// <summary>The bytes of a token; null where the id stands for no text or for nothing at all.</summary>
    public byte[]? Find(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : null;

    /// <summary>The tokens whose bytes start with the prefix.</summary>
    public IReadOnlyList<int> StartingWith(ReadOnlySpan<byte> prefix) => _byStart.Value.Find(prefix);

    /// <summary>The tokens whose bytes end with the suffix.</summary>
    public IReadOnlyList<int> EndingWith(ReadOnlySpan<byte> suffix) => _byEnd.Value.Find(Reversed(suffix));

    private IEnumerable<(byte[] Key, int Id)> TokensWithText()
    {
        for (int id = 0; id < _bytes.Length; id++)
        {
            if (_bytes[id] is { } bytes)
            {
                yield return (bytes, id);
            }
        }
    }

    private static byte[] Reversed(ReadOnlySpan<byte> bytes)
    {
        byte[] reversed = bytes.ToArray();
        Array.Reverse(reversed);
        return reversed;
    }
}
