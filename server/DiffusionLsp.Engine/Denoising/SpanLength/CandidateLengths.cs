namespace DiffusionLsp.Engine.Denoising.SpanLength;

/// <summary>
/// The search among candidates: a middle of each of several lengths, of which the likeliest is taken, by α of its own mean
/// log-probability and 1 - α of that of the suffix's first tokens behind it (the choice of PILL, whose regression of a
/// first length we have not; the lengths here are fixed and lie closer where they are short).
/// </summary>
/// <remarks>
/// The suffix's tokens are hidden to be asked for: what a network says of a token that it sees tells nothing.
/// </remarks>
internal static class CandidateLengths
{
    /// <summary>The suffix's tokens that are asked for.</summary>
    public const int SuffixTokens = 4;

    /// <summary>The forward passes for the lengths, since their middles are bad beginnings at worst.</summary>
    public const int MostForwards = 4;

    /// <summary>
    /// The forward passes beside those for the lengths: for the context, and two that ask for the suffix behind the middles.
    /// </summary>
    public const int OtherForwards = 3;

    private const double Alpha = 0.5;

    private static readonly int[] s_lengths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

    /// <summary>The lengths, ascending.</summary>
    /// <param name="longest">The longest that may be.</param>
    public static IReadOnlyList<int> Upto(int longest) => [.. s_lengths.Where(length => length <= longest)];

    /// <summary>How likely a middle is.</summary>
    /// <param name="cells">The middle.</param>
    /// <param name="suffixLogProbability">The mean log-probability of the suffix's first tokens; 0 where there is no suffix.</param>
    public static double Score(IReadOnlyList<SpanCell> cells, double suffixLogProbability)
    {
        double inner = cells.Count == 0
            ? double.NegativeInfinity
            : cells.Average(cell => Math.Log(Math.Max(cell.Confidence, 1e-30)));
        return (Alpha * inner) + ((1 - Alpha) * suffixLogProbability);
    }
}
