using TorchSharp;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// Draws one token for each row of logits: the most probable at temperature 0, else by the Gumbel-max trick with
/// seeded noise. The confidence is the token's fp32 softmax probability, always at temperature 1, so that a threshold
/// means the same at every temperature.
/// </summary>
/// <remarks>Which tokens a row may hold is the caller's business: forbidden ones have the logit −∞.</remarks>
internal sealed class TokenSampler(double temperature, long seed)
{
    // No draw of SeededNoise lies outside these bounds, so a token that trails by more than their distance cannot win.
    private const double LowestGumbel = -3.7;
    private const double HighestGumbel = 36.8;

    /// <summary>One guess for each row.</summary>
    /// <param name="logits">Shape [R, V], fp32.</param>
    /// <param name="positions">The position on the canvas that each row predicts.</param>
    /// <param name="spanStart">Where the span starts: noise depends on the cell, not on the prefix's length.</param>
    /// <param name="step">The step's number.</param>
    public Guess[] Sample(torch.Tensor logits, IReadOnlyList<int> positions, int spanStart, int step)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor ids; // [R]
        if (temperature == 0)
        {
            ids = logits.argmax(1); // the first of equals: ties go to the lower id
        }
        else
        {
            ids = torch.tensor(Draw(logits, positions, spanStart, step), device: logits.device);
        }

        var chosen = logits.gather(1, ids.unsqueeze(1)).squeeze(1); // [R]
        var confidences = (chosen - logits.logsumexp(1)).exp(); // [R]
        long[] tokens = ids.cpu().data<long>().ToArray();
        float[] probabilities = confidences.cpu().data<float>().ToArray();
        var guesses = new Guess[positions.Count];
        for (int row = 0; row < guesses.Length; row++)
        {
            guesses[row] = new Guess(positions[row], (int)tokens[row], Checked(probabilities[row]));
        }

        return guesses;
    }

    private long[] Draw(torch.Tensor logits, IReadOnlyList<int> positions, int spanStart, int step)
    {
        float[] all = logits.cpu().contiguous().data<float>().ToArray(); // [R · V]
        int vocabulary = (int)logits.shape[1];
        var ids = new long[positions.Count];
        for (int row = 0; row < ids.Length; row++)
        {
            var noise = new SeededNoise(seed, step, positions[row] - spanStart);
            ids[row] = DrawOne(all.AsSpan(row * vocabulary, vocabulary), noise);
        }

        return ids;
    }

    private int DrawOne(ReadOnlySpan<float> row, SeededNoise noise)
    {
        double hopeless = double.NegativeInfinity;
        foreach (float logit in row)
        {
            hopeless = Math.Max(hopeless, (logit / temperature) - (HighestGumbel - LowestGumbel));
        }

        int best = 0;
        double bestScore = double.NegativeInfinity;
        for (int id = 0; id < row.Length; id++)
        {
            double scaled = row[id] / temperature;
            if (scaled >= hopeless && scaled + noise.Gumbel(id) is var score && score > bestScore)
            {
                (best, bestScore) = (id, score);
            }
        }

        return best;
    }

    private static double Checked(float probability) => float.IsNaN(probability)
        ? throw new EngineException("The model's output is not a number: use another dtype (--dtype fp32) or device.")
        : Math.Min(probability, 1);
}
