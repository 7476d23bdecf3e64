using TorchSharp;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// A guess from outside the network at what follows the tokens committed so far, as a prior: the drafted token of a masked
/// cell has <c>exp(LogOdds)</c> times the network's odds. The network so confirms a draft or overrules it, cell by cell,
/// and what it confirms is confident enough to be committed many cells at a time. (After the drafts of speculative
/// decoding, Leviathan et al., arXiv 2211.17192; a prior keeps one loop for both.)
/// </summary>
/// <param name="Ids">The drafted tokens from the first masked cell on.</param>
/// <param name="LogOdds">How much the draft is believed, in nats; 0 leaves the network alone.</param>
internal sealed record Draft(IReadOnlyList<int> Ids, double LogOdds)
{
    /// <summary>
    /// Favours the drafted tokens of masked cells in place. The first draft counts as far as it goes, the others to where
    /// they leave it: what they say behind that belongs to another text.
    /// </summary>
    /// <param name="drafts">The drafts, all from the first masked cell on, best first.</param>
    /// <param name="logits">One row for each masked position, shape [R, V].</param>
    /// <param name="canvas">The canvas.</param>
    /// <param name="masked">The masked positions, ascending, length R.</param>
    public static void Favour(IReadOnlyList<Draft> drafts, torch.Tensor logits, Canvas canvas, List<int> masked)
    {
        var odds = new Dictionary<long, double>();
        foreach (var draft in drafts)
        {
            int shared = draft.Ids.Zip(drafts[0].Ids).TakeWhile(pair => pair.First == pair.Second).Count();
            int most = ReferenceEquals(draft, drafts[0]) ? draft.Ids.Count : shared + 1;
            foreach (long index in draft.Indices(most, logits.shape[1], canvas, masked))
            {
                odds[index] = Math.Max(odds.GetValueOrDefault(index), draft.LogOdds);
            }
        }

        if (odds.Count == 0)
        {
            return;
        }

        using var scope = torch.NewDisposeScope();
        float[] strengths = [.. odds.Values.Select(value => (float)value)];
        using Scalar once = 1;
        logits.view(-1).index_add_(
            0, torch.tensor(odds.Keys.ToArray(), device: logits.device),
            torch.tensor(strengths, device: logits.device).to_type(logits.dtype), once);
    }

    /// <summary>
    /// The first position whose token differs from the draft's. The guesses behind it stand for the draft's text and not
    /// for what is now committed, so they do not count in this step.
    /// </summary>
    /// <param name="start">The position of the draft's first token.</param>
    /// <param name="tokenAt">The token that a position holds or is about to hold.</param>
    /// <param name="end">The first position behind the span; returned where nothing differs.</param>
    public int LeftAt(int start, Func<int, int> tokenAt, int end)
    {
        int length = Math.Min(Ids.Count, end - start);
        int same = Enumerable.Range(0, length).TakeWhile(i => tokenAt(start + i) == Ids[i]).Count();
        return same < length ? start + same : end;
    }

    /// <summary>Where the drafted tokens stand in the flattened logits.</summary>
    private IEnumerable<long> Indices(int most, long vocabulary, Canvas canvas, List<int> masked)
    {
        int row = 0;
        for (int i = 0; i < Math.Min(most, Ids.Count) && row < masked.Count; i++)
        {
            int position = masked[0] + i;
            if (position == masked[row])
            {
                yield return (row * vocabulary) + Ids[i];
                row++;
            }
            else if (position >= canvas.SpanEnd || canvas.Ids[position] != Ids[i])
            {
                yield break;
            }
        }
    }
}
