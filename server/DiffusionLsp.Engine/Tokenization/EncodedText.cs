namespace DiffusionLsp.Engine.Tokenization;

/// <summary>Text as tokens, and where each of them lies in the text.</summary>
/// <param name="Ids">The token ids.</param>
/// <param name="Ranges">
/// For each token the UTF-16 units of the text it covers. Tokens that share a code point overlap in it, and so do
/// tokens that share a run of characters which normalization joined.
/// </param>
internal sealed record EncodedText(IReadOnlyList<int> Ids, IReadOnlyList<TextRange> Ranges);
