namespace DiffusionLsp.Engine;

/// <summary>
/// All token ids under denoising: prefix, span, suffix. Knows where the span lies and keeps it one run of positions
/// while tokens expand and vanish. It holds ids only; confidences and text belong to the denoiser.
/// </summary>
internal sealed class Canvas
{
    private readonly List<int> _ids;

    /// <summary>Makes the canvas <c>[prefix | mask × <paramref name="masks"/> | suffix]</c>.</summary>
    public Canvas(IReadOnlyCollection<int> prefix, int masks, IReadOnlyCollection<int> suffix, int maskTokenId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(masks);
        _ids = new List<int>(prefix.Count + masks + suffix.Count);
        _ids.AddRange(prefix);
        _ids.AddRange(Enumerable.Repeat(maskTokenId, masks));
        _ids.AddRange(suffix);
        SpanStart = prefix.Count;
        SpanLength = masks;
        MaskTokenId = maskTokenId;
    }

    /// <summary>All ids, length T.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>The first position of the span.</summary>
    public int SpanStart { get; }

    /// <summary>The number of positions in the span, masked or committed.</summary>
    public int SpanLength { get; private set; }

    /// <summary>The first position after the span.</summary>
    public int SpanEnd => SpanStart + SpanLength;

    /// <summary>The id that stands for noise.</summary>
    public int MaskTokenId { get; }

    /// <summary>Whether the position, which must lie in the span, is still masked.</summary>
    public bool IsMasked(int position) => _ids[Checked(position)] == MaskTokenId;

    /// <summary>The masked positions of the span, ascending.</summary>
    public List<int> MaskedPositions()
    {
        var masked = new List<int>(SpanLength);
        for (int position = SpanStart; position < SpanEnd; position++)
        {
            if (_ids[position] == MaskTokenId)
            {
                masked.Add(position);
            }
        }

        return masked;
    }

    /// <summary>Writes a token on a position of the span.</summary>
    public void Commit(int position, int tokenId) => _ids[Checked(position)] = tokenId;

    /// <summary>Removes a position of the span.</summary>
    public void Delete(int position)
    {
        _ids.RemoveAt(Checked(position));
        SpanLength--;
    }

    /// <summary>Replaces a position of the span by two masks.</summary>
    public void Expand(int position)
    {
        _ids[Checked(position)] = MaskTokenId;
        _ids.Insert(position, MaskTokenId);
        SpanLength++;
    }

    private int Checked(int position)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, SpanStart);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, SpanEnd);
        return position;
    }
}
