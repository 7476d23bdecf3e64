namespace DiffusionLsp.Engine.Denoising;

/// <summary>The token that one forward pass proposes for a masked position.</summary>
/// <param name="Position">The position on the canvas.</param>
/// <param name="TokenId">The token.</param>
/// <param name="Confidence">Its probability among the tokens that the position may hold, 0 to 1.</param>
internal readonly record struct Guess(int Position, int TokenId, double Confidence)
{
    /// <summary>The entropy of the position's distribution, in nats; 0 where nobody asked for it.</summary>
    public double Entropy { get; init; }

    /// <summary>By how much the likeliest token's probability leads the second's; 0 where nobody asked for it.</summary>
    public double Margin { get; init; }
}

/// <summary>What is to be known of a guess beside its confidence.</summary>
internal enum GuessDetail
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The entropy.</summary>
    Entropy,

    /// <summary>The margin.</summary>
    Margin,
}
