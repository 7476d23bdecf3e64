namespace DiffusionLsp.Server.Completion.Policy;

/// <summary>
/// What a request may spend: how many forward passes, over how much text. Both come in coarse notches, worked out from the
/// time that the user gives and from what a forward pass took when the model was loaded, so that the same request gets the
/// same answer whatever the clock says while it is made.
/// </summary>
/// <param name="MaxForwards">The most forward passes; null: as many as the model wants.</param>
/// <param name="ContextTokens">The most tokens of text around the gap; null: as many as the model can read.</param>
internal readonly record struct StepBudget(int? MaxForwards, int? ContextTokens)
{
    // Fewer passes than this write nothing sensible: then the window gets shorter.
    private const int FewestForwards = 3;
    private const int ShortestWindow = 64;

    // Tokenizing, filtering and the way there and back take the rest.
    private const double ShareForForwards = 0.8;

    private static readonly int[] _notches = [3, 4, 6, 8, 12, 16, 24, 32];

    /// <summary>Everything the model wants.</summary>
    public static StepBudget Unlimited => default;

    /// <summary>The budget for a time.</summary>
    /// <param name="milliseconds">The time that the user gives.</param>
    /// <param name="forwardMilliseconds">What a forward pass over a full window takes; null: unknown.</param>
    /// <param name="contextLength">The full window, in tokens.</param>
    public static StepBudget For(double milliseconds, double? forwardMilliseconds, int contextLength)
    {
        if (forwardMilliseconds is not > 0)
        {
            return Unlimited;
        }

        double forwards = milliseconds * ShareForForwards / forwardMilliseconds.Value;
        if (forwards >= FewestForwards)
        {
            return new StepBudget(forwards > _notches[^1] ? null : _notches.Last(notch => notch <= forwards), null);
        }

        // A pass costs about as much as it reads.
        int window = contextLength;
        while (forwards < FewestForwards && window / 2 >= ShortestWindow)
        {
            forwards *= 2;
            window /= 2;
        }

        return new StepBudget(FewestForwards, window);
    }
}
