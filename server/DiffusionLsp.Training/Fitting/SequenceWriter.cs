namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Writes one sequence into a batch, position by position. What a sequence holds and who sees whom is the business of the
/// writers for each attention pattern.
/// </summary>
internal abstract class SequenceWriter(SpanBatch batch, int sequence, SpanTokens tokens)
{
    private readonly int _first = sequence * batch.Length;

    /// <summary>The batch written into.</summary>
    protected SpanBatch Batch => batch;

    /// <summary>What must be known of the vocabulary.</summary>
    protected SpanTokens Tokens => tokens;

    /// <summary>The next position to write, from the sequence's start.</summary>
    protected int Next { get; private set; }

    /// <summary>Writes the sequence.</summary>
    /// <param name="document">The document's ids.</param>
    /// <param name="layout">Prefix, span and suffix in it.</param>
    /// <param name="deletes">Delete tokens after the span's own tokens.</param>
    /// <param name="random">The batch's generator.</param>
    public void Write(ReadOnlySpan<ushort> document, SpanLayout layout, int deletes, SplitMix random)
    {
        Array.Fill(batch.Ids, tokens.Pad, _first, batch.Length);
        Array.Fill(batch.Previous, tokens.Pad, _first, batch.Length);
        WriteAll(document, layout, deletes, random);

        // A row of attention must see something, or its softmax is undefined: padding sees itself.
        for (int row = Next; row < batch.Length; row++)
        {
            See(row, row, row + 1);
        }
    }

    /// <summary>Writes everything but the padding.</summary>
    protected abstract void WriteAll(ReadOnlySpan<ushort> document, SpanLayout layout, int deletes, SplitMix random);

    /// <summary>Writes an id on the next position and returns that position.</summary>
    protected int Append(long id, int position, long previous)
    {
        batch.Ids[_first + Next] = id;
        batch.Positions[_first + Next] = position;
        batch.Previous[_first + Next] = previous;
        return Next++;
    }

    /// <summary>Lets a row see the columns from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    protected void See(int row, int first, int end) =>
        batch.Visible.AsSpan(((_first + row) * batch.Length) + first, end - first).Fill(true);

    /// <summary>Says what may be copied after a position of the context.</summary>
    protected void Follow(int position, long id) => batch.Followers[_first + position] = id;

    /// <summary>The id written on a position.</summary>
    protected long IdAt(int position) => batch.Ids[_first + position];

    /// <summary>Adds a target to the context's loss.</summary>
    protected void LearnContext(int row, long target) => batch.NextTokens.Add((_first + row, target));

    /// <summary>Adds a target to the span's loss.</summary>
    protected void LearnSpan(int row, long target, float weight) => batch.Masked.Add((_first + row, target, weight));
}

/// <summary>How a span is covered with noise.</summary>
internal static class SpanNoise
{
    /// <summary>
    /// Which of the span's tokens are masked at noise level <paramref name="noise"/>: half of the time positions at
    /// random, half everything after a point, since decoding meets both. Delete tokens are always masked.
    /// </summary>
    public static bool[] Draw(int tokens, int deletes, double noise, SplitMix random)
    {
        bool fromLeft = random.Below(2) == 0;
        int visible = (int)((1 - noise) * (tokens + 1));
        var masked = new bool[tokens + deletes];
        for (int i = 0; i < masked.Length; i++)
        {
            masked[i] = i >= tokens || (fromLeft ? i >= visible : random.Unit() < noise);
        }

        return masked;
    }

    /// <summary>
    /// Merges some neighbouring masks into one that stands for both: its target is the expand token
    /// (DreamOn, arXiv 2602.01326). A mask that a delete token hides under is left alone.
    /// </summary>
    /// <param name="masked">Which of the span's tokens are masked, deletes last.</param>
    /// <param name="tokens">How many of them are no deletes.</param>
    /// <param name="share">The chance that two neighbours merge.</param>
    /// <param name="random">The batch's generator.</param>
    /// <returns>For each position that is left: which token it stands for, and whether it expands.</returns>
    public static List<(int Token, bool Expands)> Merge(bool[] masked, int tokens, double share, SplitMix random)
    {
        var left = new List<(int Token, bool Expands)>(masked.Length);
        for (int i = 0; i < masked.Length; i++)
        {
            bool merges = share > 0 && i + 1 < tokens && masked[i] && masked[i + 1] && random.Unit() < share;
            left.Add((i, merges));
            i += merges ? 1 : 0;
        }

        return left;
    }

    /// <summary>
    /// The weight of each masked position, 1/n where it is the n-th of its run: those next to what is visible are decided
    /// next. The weight never looks at the target, or the model would misjudge where a span ends
    /// (DreamLM/DreamOn:src/trainer/fsdp_sft_expand_trainer.py, which averages the delete tokens into one, relies on
    /// commits from the far end instead).
    /// </summary>
    public static float[] Weights(bool[] masked)
    {
        var weights = new float[masked.Length];
        int run = 0;
        for (int i = 0; i < masked.Length; i++)
        {
            run = masked[i] ? run + 1 : 0;
            weights[i] = masked[i] ? 1f / run : 0;
        }

        return weights;
    }
}
