using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tokenization;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>
/// A network that wants what it must not have: every special token first of all, and after these, cell by cell, the
/// tokens that it is given. What lies beyond them it wants deleted.
/// </summary>
internal sealed class SpitefulPredictor(CodeTokenizer tokenizer, int vocabulary, int delete, IReadOnlyList<int> wanted)
    : IMaskPredictor
{
    private readonly int[] _special = [.. Enumerable.Range(0, vocabulary).Where(id => tokenizer.IsSpecial(id) && id != delete)];

    private Canvas? _canvas;

    /// <summary>The ids that the span of the latest canvas holds now.</summary>
    public IEnumerable<int> Span => _canvas is null ? [] : _canvas.Ids.Skip(_canvas.SpanStart).Take(_canvas.SpanLength);

    public torch.Tensor Predict(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        _canvas = canvas;
        float[] logits = new float[rows.Count * vocabulary];
        for (int row = 0; row < rows.Count; row++)
        {
            int cell = rows[row] - canvas.SpanStart;
            logits[(row * vocabulary) + (cell < wanted.Count ? wanted[cell] : delete)] = 30;
            foreach (int id in _special)
            {
                logits[(row * vocabulary) + id] = 60;
            }
        }

        return torch.tensor(logits, [rows.Count, vocabulary]); // [R, V]
    }

    public void Dispose()
    {
    }
}
