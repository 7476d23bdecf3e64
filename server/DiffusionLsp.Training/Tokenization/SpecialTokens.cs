namespace DiffusionLsp.Training.Tokenization;

/// <summary>The tokens of our own models that stand for no text. They follow the text's tokens in this order.</summary>
internal static class SpecialTokens
{
    /// <summary>A position under noise.</summary>
    public const string Mask = "<|mask|>";

    /// <summary>A position that vanishes (DreamOn).</summary>
    public const string Delete = "<|delete|>";

    /// <summary>A position that becomes two masks (DreamOn).</summary>
    public const string Expand = "<|expand|>";

    /// <summary>The beginning of a file.</summary>
    public const string Begin = "<|bos|>";

    /// <summary>The end of a file.</summary>
    public const string End = "<|eos|>";

    /// <summary>Fills a batch; never part of a text.</summary>
    public const string Padding = "<|pad|>";

    /// <summary>All of them, with ten ids in reserve so that later uses need no new tokenizer.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Mask, Delete, Expand, Begin, End, Padding, .. Enumerable.Range(0, 10).Select(i => $"<|reserved_{i}|>")];
}
