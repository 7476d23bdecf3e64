using DiffusionLsp.Engine.Models;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>
/// A network that says what a script says: the script sees the canvas, the rows asked for and the number of the
/// forward pass, and gives one row of logits for each.
/// </summary>
internal sealed class ScriptedPredictor(Func<Canvas, IReadOnlyList<int>, int, float[][]> script) : IMaskPredictor
{
    /// <summary>How often it was asked.</summary>
    public int Forwards { get; private set; }

    /// <summary>Called at the start of each forward pass with its number.</summary>
    public Action<int>? OnForward { get; init; }

    public torch.Tensor Predict(Canvas canvas, IReadOnlyList<int> rows, CancellationToken token)
    {
        Forwards++;
        OnForward?.Invoke(Forwards);
        token.ThrowIfCancellationRequested();
        float[][] logits = script(canvas, rows, Forwards);
        Assert.Equal(rows.Count, logits.Length);
        return torch.tensor([.. logits.SelectMany(row => row)], [logits.Length, logits[0].Length]); // [R, V]
    }

    public void Dispose()
    {
    }
}
