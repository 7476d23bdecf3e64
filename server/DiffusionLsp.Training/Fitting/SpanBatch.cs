namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// B sequences of T positions, laid out <c>[prefix | suffix | noisy copy 1 | … | noisy copy K | padding]</c>: several
/// noisy copies of one span share its context. Plain arrays, so that a batch can be looked at in a test.
/// </summary>
/// <param name="Sequences">B.</param>
/// <param name="Length">T.</param>
internal sealed record SpanBatch(int Sequences, int Length)
{
    /// <summary>Token ids, [B·T].</summary>
    public long[] Ids { get; } = new long[Sequences * Length];

    /// <summary>Positions for the rotary embedding, [B·T]: those of the canvas [prefix | span | suffix].</summary>
    public long[] Positions { get; } = new long[Sequences * Length];

    /// <summary>The id before each position that the position may see, its own where there is none, [B·T].</summary>
    public long[] Previous { get; } = new long[Sequences * Length];

    /// <summary>The context's id after each context position, <see cref="NoToken"/> where nothing may be copied from, [B·T].</summary>
    public long[] Followers { get; } = Filled(Sequences * Length, NoToken);

    /// <summary>Whether row may see column, [B·T·T].</summary>
    public bool[] Visible { get; } = new bool[Sequences * Length * Length];

    /// <summary>Rows (into B·T) whose hidden state predicts the next token of the context, with their targets.</summary>
    public List<(long Row, long Target)> NextTokens { get; } = [];

    /// <summary>Masked rows (into B·T) with their targets and weights.</summary>
    public List<(long Row, long Target, float Weight)> Masked { get; } = [];

    /// <summary>Stands for no token in <see cref="Followers"/>; no target is ever equal to it.</summary>
    public const long NoToken = -1;

    private static long[] Filled(int count, long value)
    {
        var array = new long[count];
        Array.Fill(array, value);
        return array;
    }
}
