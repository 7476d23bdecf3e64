namespace DiffusionLsp.Engine;

/// <summary>One gap to fill, with its options. Text is UTF-16 as editors hold it; lone surrogates are allowed.</summary>
public sealed record InfillRequest
{
    /// <summary>The <see cref="CommitRule"/> that no guess but the first is ever sure enough for.</summary>
    public const string OneTokenAStep = "threshold:2";

    /// <summary>The text before the gap; may be empty.</summary>
    public required string Prefix { get; init; }

    /// <summary>The text after the gap; may be empty.</summary>
    public required string Suffix { get; init; }

    /// <summary>
    /// Text from elsewhere that resembles the text around the gap, the most alike last: a source of drafts. Empty for none.
    /// </summary>
    public string Related { get; init; } = "";

    /// <summary>
    /// Middles that this gap has been offered already: no draft gives one of them again, so that a further draw is not drawn
    /// to the same line. The model may still write one of its own accord.
    /// </summary>
    public IReadOnlyList<string> Offered { get; init; } = [];

    /// <summary>The longest middle, in tokens; null takes the model's default.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The number of masks the canvas starts with; null takes the model's default.</summary>
    public int? InitialMasks { get; init; }

    /// <summary>How long the middle of a model that can neither expand nor delete becomes; null takes the model's default.</summary>
    public SpanLengthSearch? SpanLength { get; init; }

    /// <summary>Commit every masked token whose confidence is at least this (0 to 1); null takes the model's default.</summary>
    public double? ConfidenceThreshold { get; init; }

    /// <summary>
    /// How many tokens a step commits: <c>threshold:P</c>, <c>factor:F</c>, <c>entropy:NATS</c> or <c>margin:P</c>; null leaves it
    /// to <see cref="ConfidenceThreshold"/> and the model.
    /// </summary>
    public string? CommitRule { get; init; }

    /// <summary>
    /// How much a draft copied from an earlier line is believed, in nats (0: not at all); null takes the model's default.
    /// </summary>
    public double? DraftLogOdds { get; init; }

    /// <summary>
    /// The most forward passes: each step commits as many tokens as are needed to end in time, however unsure they are.
    /// Null: as many as there are tokens.
    /// </summary>
    public int? MaxForwards { get; init; }

    /// <summary>The most tokens of the text around the gap to read; null: as many as the model can.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>0 (default) takes the most probable token; above it tokens are drawn with seeded Gumbel noise.</summary>
    public double Temperature { get; init; }

    /// <summary>The seed of the noise; of no effect at temperature 0.</summary>
    public long Seed { get; init; }
}

/// <summary>How an infill ended.</summary>
public enum InfillOutcome
{
    /// <summary>There is a middle.</summary>
    Filled,

    /// <summary>There is nothing to suggest: the model deleted its whole span, or wrote nothing that may stay.</summary>
    Empty,
}

/// <summary>What came of a request.</summary>
public sealed record InfillResult
{
    /// <summary>
    /// The text for the gap; empty where <see cref="Outcome"/> is <see cref="InfillOutcome.Empty"/>. Whole characters,
    /// no special token of the model nor the text of one, and not the suffix's first line again: what the model wrote
    /// from there on is cut off.
    /// </summary>
    public required string Middle { get; init; }

    /// <summary>How the infill ended.</summary>
    public required InfillOutcome Outcome { get; init; }

    /// <summary>Denoising steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Forward passes of the network.</summary>
    public required int Forwards { get; init; }

    /// <summary>Tokens that the model wrote, those that were cut off among them.</summary>
    public required int Tokens { get; init; }

    /// <summary>Wall-clock milliseconds.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>The mean confidence of the middle's tokens when they were committed, 0 to 1.</summary>
    public required double Confidence { get; init; }

    /// <summary>
    /// The product of the confidences, 0 to 1: how likely all of the middle is what the model means. 0 where it is empty.
    /// </summary>
    public double Likelihood { get; init; }

    /// <summary>The seed used.</summary>
    public required long Seed { get; init; }

    /// <summary>Tokens of the middle for each forward pass.</summary>
    public double TokensPerForward => Forwards == 0 ? 0 : (double)Tokens / Forwards;
}

/// <summary>The canvas after one denoising step, for people to watch.</summary>
/// <param name="Index">The step's number, from 1.</param>
/// <param name="Cells">The span's cells from left to right.</param>
public sealed record DenoisingStep(int Index, IReadOnlyList<CanvasCell> Cells);

/// <summary>One position of the span.</summary>
/// <param name="Text">The committed token's text; empty while masked.</param>
/// <param name="State">Masked, committed in this step, or committed before.</param>
/// <param name="Confidence">The probability the token had when it was committed; while masked, of the best guess.</param>
public readonly record struct CanvasCell(string Text, CellState State, double Confidence);

/// <summary>What a cell of the span holds.</summary>
public enum CellState
{
    /// <summary>Still noise.</summary>
    Masked,

    /// <summary>Committed in this step.</summary>
    Fresh,

    /// <summary>Committed in an earlier step.</summary>
    Committed,
}
