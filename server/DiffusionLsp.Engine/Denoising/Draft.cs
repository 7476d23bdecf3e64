using TorchSharp;

namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// A guess at the whole span from outside the network, as a prior: while what is committed agrees with it, the drafted
/// token of a masked cell has <c>exp(LogOdds)</c> times the network's odds. The network so confirms a draft or
/// overrules it, cell by cell, and what it confirms is confident enough to be committed many cells at a time. (After
/// the drafts of speculative decoding, Leviathan et al., arXiv 2211.17192; a prior keeps one loop for both.)
/// </summary>
/// <param name="Ids">The drafted tokens from the span's first cell on.</param>
/// <param name="LogOdds">How much the draft is believed, in nats; 0 leaves the network alone.</param>
internal sealed record Draft(IReadOnlyList<int> Ids, double LogOdds)
{
    /// <summary>Favours the drafted tokens of masked cells in place.</summary>
    /// <param name="logits">One row for each masked position, shape [R, V].</param>
    /// <param name="canvas">The canvas.</param>
    /// <param name="masked">The masked positions, length R.</param>
    public void Favour(torch.Tensor logits, Canvas canvas, List<int> masked)
    {
        int agreed = AgreedCells(canvas);
        long vocabulary = logits.shape[1];
        long[] drafted =
        [
            .. masked.Select((position, row) => (Cell: position - canvas.SpanStart, Row: row))
                .Where(mask => mask.Cell < agreed)
                .Select(mask => (mask.Row * vocabulary) + Ids[mask.Cell]),
        ];
        if (drafted.Length == 0)
        {
            return;
        }

        using var scope = torch.NewDisposeScope();
        using Scalar logOdds = LogOdds;
        using Scalar once = 1;
        var odds = torch.full([drafted.Length], logOdds, logits.dtype, logits.device); // [D]
        logits.view(-1).index_add_(0, torch.tensor(drafted, device: logits.device), odds, once);
    }

    /// <summary>The cells from the left up to the first that holds another token than the draft.</summary>
    private int AgreedCells(Canvas canvas)
    {
        int cells = Math.Min(Ids.Count, canvas.SpanLength);
        for (int cell = 0; cell < cells; cell++)
        {
            int id = canvas.Ids[canvas.SpanStart + cell];
            if (id != canvas.MaskTokenId && id != Ids[cell])
            {
                return cell;
            }
        }

        return cells;
    }
}
