using System.Globalization;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// How many guesses one step commits: the longest run from the first one, in the order of <see cref="UnmaskOrder"/>, that the
/// rule allows to stand together although none of them has seen the others.
/// </summary>
/// <param name="Kind">What is looked at.</param>
/// <param name="Value">The bound.</param>
internal sealed record CommitRule(CommitRuleKind Kind, double Value)
{
    /// <summary>The forms that <see cref="Parse"/> reads, for messages.</summary>
    public const string Forms = "threshold:P, factor:F, entropy:NATS or margin:P";

    /// <summary>A rule for one commit a step.</summary>
    public static CommitRule OneAtATime { get; } = Parse(InfillRequest.OneTokenAStep);

    /// <summary>The rule of a text such as <c>threshold:0.9</c>.</summary>
    /// <exception cref="EngineException">It is none; the message says which there are.</exception>
    public static CommitRule Parse(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 2
            && Enum.TryParse(parts[0], ignoreCase: true, out CommitRuleKind kind)
            && Enum.IsDefined(kind)
            && !char.IsAsciiDigit(parts[0][0])
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            && value >= 0
            ? new CommitRule(kind, value)
            : throw new EngineException($"'{text}' is no rule for commits: take {Forms}, with a number of 0 or more.");
    }

    /// <summary>What the rule has to know of each guess.</summary>
    public GuessDetail Needs => Kind switch
    {
        CommitRuleKind.Entropy => GuessDetail.Entropy,
        CommitRuleKind.Margin => GuessDetail.Margin,
        _ => GuessDetail.None,
    };

    /// <summary>What makes one guess go before another where the order is by confidence; the largest goes first.</summary>
    public double Merit(Guess guess) => Kind switch
    {
        CommitRuleKind.Entropy => -guess.Entropy,
        CommitRuleKind.Margin => guess.Margin,
        _ => guess.Confidence,
    };

    /// <summary>How many of the guesses, from the first one, may be committed together.</summary>
    public int Longest(IReadOnlyList<Guess> guesses)
    {
        int longest = 0;
        double least = double.PositiveInfinity;
        double sum = 0;
        double most = 0;
        for (int count = 1; count <= guesses.Count; count++)
        {
            var guess = guesses[count - 1];
            least = Math.Min(least, Merit(guess));
            sum += guess.Entropy;
            most = Math.Max(most, guess.Entropy);
            bool allows = Kind switch
            {
                CommitRuleKind.Factor => least >= 1 - (Value / (count + 1)),
                CommitRuleKind.Entropy => sum - most <= Value,
                _ => least >= Value,
            };
            longest = allows ? count : longest;
        }

        return longest;
    }
}

/// <summary>What a <see cref="CommitRule"/> looks at.</summary>
internal enum CommitRuleKind
{
    /// <summary>Each confidence reaches the value (Fast-dLLM, Wu et al. 2025, arXiv 2505.22618).</summary>
    Threshold,

    /// <summary>
    /// The least of n confidences reaches 1 − value ∕ (n + 1): the more at once, the surer (the dynamic rule of
    /// inclusionAI/dInfer:python/dinfer/decoding/parallel_strategy.py).
    /// </summary>
    Factor,

    /// <summary>
    /// The entropies without the largest of them stay within the value, in nats: what is lost by not waiting for each other
    /// (the entropy-bounded unmasking of Ben-Hamu et al. 2025, arXiv 2505.24857).
    /// </summary>
    Entropy,

    /// <summary>The best token leads the second best by the value each time.</summary>
    Margin,
}
