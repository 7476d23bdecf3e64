using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// A weight matrix as it is, or rounded to eight bits: whole numbers from −127 to 127, and for each row what one of them is
/// worth. That is half the memory of bf16 and no slower, since a matrix is read faster than it was widened.
/// </summary>
/// <param name="Values">Shape [out, in]; int8 where it is rounded.</param>
/// <param name="Scales">In the type of the activations, shape [out]; of no elements where it is not rounded.</param>
internal sealed record WeightMatrix(Tensor Values, Tensor Scales)
{
    private const int Largest = 127;

    // A few megabytes at a time: rounding makes wide copies.
    private const long PortionElements = 1 << 20;

    /// <summary>The bytes that it takes.</summary>
    public long Bytes => (Values.NumberOfElements * Values.ElementSize) + (Scales.NumberOfElements * Scales.ElementSize);

    /// <summary>Rounds a matrix, a portion of its rows at a time; the tensors are the caller's.</summary>
    /// <param name="weight">Any type, shape [out, in].</param>
    /// <param name="placement">Where the rounded matrix goes, and the type of the activations.</param>
    public static WeightMatrix Rounded(Tensor weight, Placement placement)
    {
        using var scope = NewDisposeScope();
        long rows = weight.shape[0];
        var values = empty([rows, weight.shape[1]], int8, placement.Device);
        var scales = empty([rows], placement.Dtype, placement.Device);
        long portion = Math.Max(1, PortionElements / weight.shape[1]);
        for (long row = 0; row < rows; row += portion)
        {
            long count = Math.Min(portion, rows - row);
            Round(weight.narrow(0, row, count), values.narrow(0, row, count), scales.narrow(0, row, count));
        }

        return new WeightMatrix(values.DetachFromDisposeScope(), scales.DetachFromDisposeScope());
    }

    /// <summary>Some rows at their full width, in the type of the activations.</summary>
    /// <param name="ids">int64, shape [R].</param>
    /// <returns>Shape [R, in].</returns>
    public Tensor Rows(Tensor ids)
    {
        var rows = Values.index_select(0, ids);                                                      // [R, in]
        if (Scales.NumberOfElements == 0)
        {
            return rows;
        }

        using var scope = NewDisposeScope();
        using (rows)
        {
            return (rows.to_type(Scales.dtype) * Scales.index_select(0, ids).unsqueeze(1)).MoveToOuterDisposeScope();
        }
    }

    private static void Round(Tensor weight, Tensor values, Tensor scales)
    {
        using var scope = NewDisposeScope();
        using Scalar largest = Largest;
        using Scalar smallest = -Largest;
        using Scalar least = 1e-12f;
        var wide = weight.to_type(float32);                                                          // [r, in]

        // Rounded by the scale that is kept, whose type may be narrower.
        var scale = wide.abs().amax([1]).div(largest).clamp_min(least).to_type(scales.dtype);        // [r]
        var shares = wide / scale.to_type(float32).unsqueeze(1).to(wide.device);                     // [r, in]
        _ = values.copy_(shares.round().clamp(smallest, largest));
        _ = scales.copy_(scale);
    }
}
