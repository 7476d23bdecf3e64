using TorchSharp;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// Draws one token for each row of logits: the most probable at temperature 0, else by the Gumbel-max trick with
/// seeded noise. The confidence is the token's fp32 softmax probability, always at temperature 1, so that a threshold
/// means the same at every temperature.
/// </summary>
/// <remarks>Which tokens a row may hold is the caller's business: forbidden ones have the logit −∞.</remarks>
internal sealed class TokenSampler(double temperature, long seed, GuessDetail detail = GuessDetail.None)
{
    // A megabyte or two of fp32.
    private const long PortionElements = 1 << 19;

    // Far below any logit that matters, and finite: a forbidden token adds nothing to an entropy.
    private const float Hopeless = -1e4f;

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
        var (best, bestIds) = logits.max(1); // [R], the first of equals: ties go to the lower id
        var ids = temperature == 0
            ? bestIds
            : torch.tensor(Draw(logits, positions, spanStart, step), device: logits.device); // [R]
        var lead = temperature == 0 ? torch.zeros_like(best) : logits.gather(1, ids.unsqueeze(1)).squeeze(1) - best; // [R]
        var (mass, entropies) = Masses(logits, best); // [R]
        var confidences = lead.exp() / mass; // [R]
        long[] tokens = ids.cpu().data<long>().ToArray();
        float[] probabilities = confidences.cpu().data<float>().ToArray();
        float[] entropy = entropies is null ? [] : entropies.cpu().data<float>().ToArray();
        float[] margins = detail == GuessDetail.Margin ? Margins(logits, best, mass) : [];
        var guesses = new Guess[positions.Count];
        for (int row = 0; row < guesses.Length; row++)
        {
            guesses[row] = new Guess(positions[row], (int)tokens[row], Checked(probabilities[row]))
            {
                Entropy = entropy.Length == 0 ? 0 : entropy[row],
                Margin = margins.Length == 0 ? 0 : margins[row],
            };
        }

        return guesses;
    }

    /// <summary>
    /// For each row the sum of exp(logit − best), and where it is asked for the entropy in nats. A few rows at a time, so that
    /// what is computed between stays in the processor's cache and no second copy of all logits is made.
    /// </summary>
    private (torch.Tensor Mass, torch.Tensor? Entropy) Masses(torch.Tensor logits, torch.Tensor best)
    {
        using var scope = torch.NewDisposeScope();
        using Scalar hopeless = Hopeless;
        long rows = logits.shape[0];
        long portion = Math.Max(1, PortionElements / logits.shape[1]);
        var masses = new List<torch.Tensor>();
        var entropies = new List<torch.Tensor>();
        for (long row = 0; row < rows; row += portion)
        {
            long count = Math.Min(portion, rows - row);
            var below = logits.narrow(0, row, count) - best.narrow(0, row, count).unsqueeze(1); // [r, V]
            if (detail == GuessDetail.Entropy)
            {
                var odds = below.clamp_min_(hopeless).exp(); // [r, V]
                var mass = odds.sum(1); // [r]
                masses.Add(mass);
                entropies.Add(mass.log() - (odds.mul_(below).sum(1) / mass)); // [r]
            }
            else
            {
                masses.Add(below.exp_().sum(1)); // [r]
            }
        }

        return (
            torch.cat(masses).MoveToOuterDisposeScope(),
            entropies.Count == 0 ? null : torch.cat(entropies).MoveToOuterDisposeScope());
    }

    private static float[] Margins(torch.Tensor logits, torch.Tensor best, torch.Tensor mass)
    {
        using var scope = torch.NewDisposeScope();
        var second = logits.topk(2, 1).values.select(1, 1); // [R]
        return ((1 - (second - best).exp()) / mass).cpu().data<float>().ToArray();
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
