namespace DiffusionLsp.Engine.Denoising;

/// <summary>How one canvas is denoised.</summary>
internal sealed record DenoisingOptions
{
    /// <summary>The most cells that the span may grow to by expanding.</summary>
    public required int LongestSpan { get; init; }

    /// <summary>How often a cell may expand over the whole loop, so that the loop ends.</summary>
    public required int ExpansionBudget { get; init; }

    /// <summary>
    /// Guesses from outside the network, asked for in every step with the ids committed at the span's left end; null where
    /// there are none.
    /// </summary>
    public Func<IReadOnlyList<int>, IReadOnlyList<Draft>>? Drafts { get; init; }

    /// <summary>
    /// The ids of blanks, where a span may not end before it holds anything else; null where it may. What is written in
    /// place of the end keeps the little probability that the model gave it.
    /// </summary>
    public IReadOnlySet<int>? Blanks { get; init; }

    /// <summary>Which masks are committed first.</summary>
    public UnmaskOrder Order { get; init; } = UnmaskOrder.Confidence;

    /// <summary>
    /// A span is written in blocks of so many cells from the left, each in the order above, as LLaDA does
    /// (ML-GSAI/LLaDA:generate.py): a long one would otherwise be begun in places that do not know of each other.
    /// </summary>
    public int BlockLength { get; init; } = 32;

    /// <summary>How many masks a step commits.</summary>
    public CommitRule Rule { get; init; } = new(CommitRuleKind.Threshold, 0.9);

    /// <summary>The last of so many forward passes commits all that is left.</summary>
    public int MaxForwards { get; init; } = int.MaxValue;

    /// <summary>0 takes the most probable token; above it tokens are drawn.</summary>
    public double Temperature { get; init; }

    /// <summary>The seed of the draws.</summary>
    public long Seed { get; init; }
}
