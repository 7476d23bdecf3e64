using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tokenization;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>
/// A network with a will: the first cells of the span want these texts, the last ones those, each a list of tokens
/// from the most to the least wanted (<c>name|na</c>), and all between want to be deleted.
/// </summary>
internal sealed class WishfulPredictor(CodeTokenizer tokenizer, int vocabulary, string[] first, string[] last)
    : IMaskPredictor
{
    /// <summary>The canvas of the first forward pass, as it was.</summary>
    public IReadOnlyList<int> FirstCanvas { get; private set; } = [];

    /// <summary>How many positions before a token its logits are asked for.</summary>
    public int LogitShift { get; init; }

    public torch.Tensor Predict(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        FirstCanvas = FirstCanvas.Count == 0 ? [.. canvas.Ids] : FirstCanvas;
        var logits = rows.SelectMany(row => Row(canvas, row + LogitShift - canvas.SpanStart));
        return torch.tensor([.. logits], [rows.Count, vocabulary]); // [R, V]
    }

    public void Dispose()
    {
    }

    private float[] Row(Canvas canvas, int cell)
    {
        float[] logits = new float[vocabulary];
        int fromEnd = canvas.SpanLength - 1 - cell;
        string wishes = cell < first.Length ? first[cell] : fromEnd < last.Length ? last[^(fromEnd + 1)] : "delete";
        float strength = 90;
        foreach (string wish in wishes.Split('|'))
        {
            logits[tokenizer.TokenId("<|" + wish + "|>") ?? tokenizer.Encode(wish).Single()] = strength;
            strength -= 20;
        }

        return logits;
    }
}
