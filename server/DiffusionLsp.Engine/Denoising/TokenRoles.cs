namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// What the denoiser must know about a vocabulary: which ids mean something else than text. It knows no text.
/// </summary>
internal sealed record TokenRoles
{
    /// <summary>The id that stands for noise.</summary>
    public required int Mask { get; init; }

    /// <summary>The id that stands for "two masks here"; null where the model knows none.</summary>
    public int? Expand { get; init; }

    /// <summary>The id that stands for "nothing here"; null where the model knows none.</summary>
    public int? Delete { get; init; }

    /// <summary>
    /// The ids that no cell may ever hold: control tokens and rows of the head that stand for no token. Never the
    /// delete or expand token; the mask is always forbidden, listed or not.
    /// </summary>
    public IReadOnlyCollection<int> NeverSampled { get; init; } = [];

    /// <summary>
    /// How many positions before a token its logits stand: 0, or 1 where the model kept the shift of the causal
    /// model it was made from (the Dream family).
    /// </summary>
    public int LogitShift { get; init; }
}
