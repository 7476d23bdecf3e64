using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>An edge of the span.</summary>
internal enum SeamSide
{
    /// <summary>Between prefix and span.</summary>
    Left,

    /// <summary>Between span and suffix.</summary>
    Right,
}

/// <summary>
/// An edge of the span whose neighbouring tokens were taken back from the context, because the cursor may stand
/// inside a token: their characters, the <em>typed bytes</em>, must come again from the span's outermost cells.
/// (Token healing, as in guidance-ai/guidance; here on both sides and over several tokens.)
/// </summary>
/// <remarks>
/// It starts with as many reserved cells as tokens were taken back. The outermost reserved cell, the
/// <em>frontier</em>, takes either a token that covers all typed bytes still missing, which ends the seam and frees
/// the other cells, or the very token that was taken back there, which moves the frontier one cell inwards. So every
/// seam can be closed, whatever the network prefers. One seam serves one denoising loop.
/// </remarks>
internal sealed class Seam
{
    private readonly CodeTokenizer _tokenizer;
    private readonly SeamSide _side;
    private readonly int[] _takenBack;
    private int _written;

    /// <summary>Makes the seam.</summary>
    /// <param name="tokenizer">Knows the bytes of every token.</param>
    /// <param name="side">Which edge.</param>
    /// <param name="takenBack">The tokens taken back, in the order of the text; at least one.</param>
    public Seam(CodeTokenizer tokenizer, SeamSide side, IReadOnlyList<int> takenBack)
    {
        ArgumentOutOfRangeException.ThrowIfZero(takenBack.Count);
        _tokenizer = tokenizer;
        _side = side;
        _takenBack = [.. takenBack];
        Cells = takenBack.Count;
        TypedBytes = BytesOf(_takenBack);
    }

    /// <summary>The number of cells reserved at the start: as many as tokens were taken back.</summary>
    public int Cells { get; }

    /// <summary>The bytes that the document holds already and that the middle leaves out again.</summary>
    public byte[] TypedBytes { get; }

    /// <summary>The number of cells that are still reserved; 0 once the typed bytes stand.</summary>
    public int Reserved => Cells - _written;

    /// <summary>The position whose token decides next; only while cells are reserved.</summary>
    public int Frontier(Canvas canvas) =>
        _side == SeamSide.Left ? canvas.SpanStart + _written : canvas.SpanEnd - 1 - _written;

    /// <summary>Whether the position is a reserved cell: neither to be deleted nor committed out of turn.</summary>
    public bool Reserves(Canvas canvas, int position) =>
        Reserved > 0
        && Math.Abs(position - Frontier(canvas)) < Reserved
        && (_side == SeamSide.Left ? position >= Frontier(canvas) : position <= Frontier(canvas));

    /// <summary>The tokens that the frontier may hold; never empty.</summary>
    public IReadOnlyCollection<int> Allowed()
    {
        byte[] missing = BytesOf(Missing);
        var covering = _side == SeamSide.Left
            ? _tokenizer.TokensStartingWith(missing)
            : _tokenizer.TokensEndingWith(missing);
        return [.. covering, FrontierToken];
    }

    /// <summary>Takes note of the token that was committed on the frontier.</summary>
    public void Accept(int tokenId) => _written = tokenId == FrontierToken ? _written + 1 : Cells;

    private ReadOnlySpan<int> Missing =>
        _side == SeamSide.Left ? _takenBack.AsSpan(_written) : _takenBack.AsSpan(0, Reserved);

    private int FrontierToken => _side == SeamSide.Left ? Missing[0] : Missing[^1];

    private byte[] BytesOf(ReadOnlySpan<int> ids) => _tokenizer.DecodeBytes(ids.ToArray());
}
