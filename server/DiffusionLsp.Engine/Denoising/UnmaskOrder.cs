namespace DiffusionLsp.Engine.Denoising;

/// <summary>Which of a step's guesses go first; a <see cref="CommitRule"/> says how many.</summary>
internal enum UnmaskOrder
{
    /// <summary>
    /// The surest first: the confidence-aware parallel decoding of Fast-dLLM (Wu et al. 2025,
    /// NVlabs/Fast-dLLM:llada/generate.py).
    /// </summary>
    Confidence,

    /// <summary>
    /// From the left, and always the leftmost mask: what stands left of a commit is then never noise.
    /// </summary>
    LeftToRight,
}

/// <summary>The rules of the orders, and their names in config.json (<c>diffusion.unmask_order</c>).</summary>
internal static class UnmaskOrders
{
    private static readonly Dictionary<string, UnmaskOrder> s_byName = new(StringComparer.Ordinal)
    {
        ["confidence"] = UnmaskOrder.Confidence,
        ["left-to-right"] = UnmaskOrder.LeftToRight,
    };

    /// <summary>The order of a name; null where the name is not known.</summary>
    public static UnmaskOrder? Find(string name) => s_byName.TryGetValue(name, out var order) ? order : null;

    /// <summary>The names, for messages.</summary>
    public static string Names => string.Join(", ", s_byName.Keys);

    /// <summary>The guesses to commit.</summary>
    /// <param name="order">Which go first.</param>
    /// <param name="guesses">One guess for each mask, by ascending position.</param>
    /// <param name="rule">How many may go together.</param>
    /// <param name="fewest">How many to commit, if there are so many guesses, although the rule allows fewer.</param>
    public static IReadOnlyList<Guess> Choose(
        this UnmaskOrder order, IReadOnlyList<Guess> guesses, CommitRule rule, int fewest)
    {
        // The sort is stable, so that a tie goes to the lower position.
        IReadOnlyList<Guess> ordered = order switch
        {
            UnmaskOrder.Confidence => [.. guesses.OrderByDescending(rule.Merit)],
            UnmaskOrder.LeftToRight => guesses,
            _ => throw new ArgumentOutOfRangeException(nameof(order)),
        };
        int count = Math.Min(Math.Max(rule.Longest(ordered), fewest), guesses.Count);
        return [.. ordered.Take(count).OrderBy(guess => guess.Position)];
    }
}
