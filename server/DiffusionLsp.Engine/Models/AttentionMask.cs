using DiffusionLsp.Engine.Checkpoints;
using TorchSharp;

namespace DiffusionLsp.Engine.Models;

/// <summary>Turns a pattern and a canvas into the additive mask that attention takes.</summary>
internal static class AttentionMask
{
    /// <summary>
    /// The additive mask, shape [T, T]: 0 where row may see column, −∞ elsewhere; null where everything is visible.
    /// </summary>
    public static torch.Tensor? For(
        AttentionPattern pattern, Canvas canvas, torch.ScalarType dtype, torch.Device device)
    {
        if (pattern == AttentionPattern.Bidirectional)
        {
            return null;
        }

        int length = canvas.Ids.Count;
        var visible = new bool[length * length];
        for (int row = 0; row < length; row++)
        {
            var (first, end) = VisibleColumns(canvas, row);
            visible.AsSpan((row * length) + first, end - first).Fill(true);
        }

        return Additive(torch.tensor(visible, [length, length]), dtype, device);                    // [T, T]
    }

    /// <summary>Turns a mask of visible pairs into the additive form; disposes nothing.</summary>
    public static torch.Tensor Additive(torch.Tensor visible, torch.ScalarType dtype, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        using Scalar never = float.NegativeInfinity;
        var blocked = visible.logical_not().to(device);
        var mask = torch.zeros(visible.shape, dtype, device).masked_fill_(blocked, never);
        return mask.MoveToOuterDisposeScope();
    }

    private static (int First, int End) VisibleColumns(Canvas canvas, int row) => row switch
    {
        _ when row < canvas.SpanStart => (0, row + 1),
        _ when row < canvas.SpanEnd => (0, canvas.Ids.Count),
        _ => (canvas.SpanEnd, row + 1),
    };
}
