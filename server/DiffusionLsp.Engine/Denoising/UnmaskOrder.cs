namespace DiffusionLsp.Engine.Denoising;

/// <summary>Which of a step's guesses are committed.</summary>
internal enum UnmaskOrder
{
    /// <summary>
    /// All at or above the threshold, and where there is none the most confident: the confidence-aware parallel
    /// decoding of Fast-dLLM (Wu et al. 2025, NVlabs/Fast-dLLM:llada/generate.py).
    /// </summary>
    Confidence,

    /// <summary>
    /// From the left as far as guesses reach the threshold, and always the leftmost mask: what stands left of a
    /// commit is then never noise.
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
    /// <param name="order">The rule.</param>
    /// <param name="guesses">One guess for each mask, by ascending position.</param>
    /// <param name="threshold">The confidence that is enough.</param>
    /// <param name="fewest">How many to commit, if there are so many guesses, although not all are confident enough.</param>
    public static IReadOnlyList<Guess> Choose(
        this UnmaskOrder order, IReadOnlyList<Guess> guesses, double threshold, int fewest)
    {
        List<Guess> confident = order switch
        {
            UnmaskOrder.Confidence => [.. guesses.Where(guess => guess.Confidence >= threshold)],
            UnmaskOrder.LeftToRight => [.. guesses.TakeWhile(guess => guess.Confidence >= threshold)],
            _ => throw new ArgumentOutOfRangeException(nameof(order)),
        };
        if (confident.Count >= Math.Min(fewest, guesses.Count))
        {
            return confident;
        }

        // The sort is stable, so that a tie goes to the lower position.
        return order == UnmaskOrder.LeftToRight
            ? [.. guesses.Take(fewest)]
            : [.. guesses.OrderByDescending(guess => guess.Confidence).Take(fewest).OrderBy(guess => guess.Position)];
    }
}
