namespace DiffusionLsp.Engine.Denoising.SpanLength;

/// <summary>
/// How sure a model is of masks for no other reason than that there are so many: a·exp(-b·L) + c·exp(-d·L) + e. What it
/// says of a length is divided by it.
/// </summary>
internal sealed record LengthBias(double A, double B, double C, double D, double E)
{
    /// <summary>
    /// Dream-Coder's, which the paper fitted (NiuHechang/Calibrated_Adaptive_Length:dreamcoder_cal/dreamcoder_cal.py).
    /// </summary>
    public static LengthBias DreamCoder { get; } = new(1.00, 1.77, 0.56, 0.06, 0.24);

    /// <summary>The bias at a length.</summary>
    public double At(int length) => (A * Math.Exp(-B * length)) + (C * Math.Exp(-D * length)) + E;
}

/// <summary>
/// The calibrated search for a length (CAL, arXiv 2602.00476): before anything is written, the mean probability of the
/// likeliest token over so many masks, divided by the bias of the length, is climbed from a first guess upwards and then
/// downwards, one mask at a time, until it has not risen for some lengths. It costs a forward pass for each length.
/// </summary>
/// <remarks>We differ from the paper in a bound on the passes, since a suggestion has a time.</remarks>
/// <param name="confidence">The mean probability at a length: one forward pass.</param>
/// <param name="bias">The model's bias.</param>
internal sealed class CalibratedLength(Func<int, double> confidence, LengthBias bias)
{
    private const int FirstGuess = 8;
    private const int Patience = 4;

    /// <summary>The forward passes that were made.</summary>
    public int Forwards { get; private set; }

    /// <summary>The length.</summary>
    /// <param name="longest">The longest that may be.</param>
    /// <param name="mostForwards">The passes that may be made.</param>
    public int Find(int longest, int mostForwards)
    {
        int start = Math.Min(FirstGuess, longest);
        var best = (Length: start, Score: Score(start));
        foreach (int step in (int[])[1, -1])
        {
            int failed = 0;
            for (int length = start + step; length >= 1 && length <= longest && failed < Patience && Forwards < mostForwards; length += step)
            {
                double score = Score(length);
                (best, failed) = score > best.Score ? ((length, score), 0) : (best, failed + 1);
            }
        }

        return best.Length;
    }

    private double Score(int length)
    {
        Forwards++;
        return confidence(length) / bias.At(length);
    }
}
