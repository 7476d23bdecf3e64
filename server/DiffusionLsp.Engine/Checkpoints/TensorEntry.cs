namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>The element types that a checkpoint may hold.</summary>
internal enum TensorDtype
{
    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper half of a single: its range with 8 bits of precision.</summary>
    BF16,
}

/// <summary>What one can ask an element type.</summary>
internal static class TensorDtypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    public static int ByteSize(this TensorDtype dtype) => dtype == TensorDtype.F32 ? 4 : 2;
}

/// <summary>One tensor of a safetensors file: what its header says, checked against the file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Dtype">The type of its elements.</param>
/// <param name="Shape">Its dimensions; none for a scalar.</param>
/// <param name="Offset">Where its bytes begin, counted from the start of the file.</param>
/// <param name="ByteLength">The number of its bytes.</param>
internal sealed record TensorEntry(
    string Name, TensorDtype Dtype, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>The number of elements.</summary>
    public long ElementCount => ByteLength / Dtype.ByteSize();
}
