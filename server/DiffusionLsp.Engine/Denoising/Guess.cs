namespace DiffusionLsp.Engine.Denoising;

/// <summary>The token that one forward pass proposes for a masked position.</summary>
/// <param name="Position">The position on the canvas.</param>
/// <param name="TokenId">The token.</param>
/// <param name="Confidence">Its probability among the tokens that the position may hold, 0 to 1.</param>
internal readonly record struct Guess(int Position, int TokenId, double Confidence);
