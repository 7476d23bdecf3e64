using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Native;

/// <summary>The types that a model's weights can have in memory.</summary>
internal enum WeightDtype
{
    /// <summary>IEEE 754 single precision.</summary>
    Fp32,

    /// <summary>The upper half of a single.</summary>
    Bf16,

    /// <summary>IEEE 754 half precision.</summary>
    Fp16,

    /// <summary>Matrices in eight bits with a scale for each row; what is computed is in the device's own type.</summary>
    Int8,
}

/// <summary>
/// What one can ask of a type, and which types are tried where, the best first. A type that takes less memory for less
/// precision belongs at the end of <see cref="InOrder"/>: it is then taken where no better one fits.
/// </summary>
internal static class WeightDtypes
{
    /// <summary>The type of a name that a user gives; null where there is none.</summary>
    public static WeightDtype? Find(string name) => name switch
    {
        "fp32" => WeightDtype.Fp32,
        "bf16" => WeightDtype.Bf16,
        "fp16" => WeightDtype.Fp16,
        "int8" => WeightDtype.Int8,
        _ => null,
    };

    /// <summary>Its name.</summary>
    public static string Name(this WeightDtype dtype) => dtype.ToString().ToLowerInvariant();

    /// <summary>Bytes of one weight.</summary>
    public static int ByteSize(this WeightDtype dtype) => dtype switch
    {
        WeightDtype.Fp32 => 4,
        WeightDtype.Int8 => 1,
        _ => 2,
    };

    /// <summary>The type that products are computed in; of eight bits the widest that a device may have.</summary>
    public static ScalarType Computed(this WeightDtype dtype) => dtype switch
    {
        WeightDtype.Fp32 or WeightDtype.Int8 => ScalarType.Float32,
        WeightDtype.Bf16 => ScalarType.BFloat16,
        WeightDtype.Fp16 => ScalarType.Float16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype)),
    };

    /// <summary>The types that are tried on a device.</summary>
    /// <param name="cuda">The CUDA device; null for the CPU.</param>
    /// <param name="cpuDtype">The type in which the CPU is fastest.</param>
    public static IReadOnlyList<WeightDtype> InOrder(CudaDeviceReport? cuda, WeightDtype cpuDtype) => cuda switch
    {
        // bf16 came with the Ampere generation.
        { ComputeCapability.Major: >= 8 } => [WeightDtype.Bf16, WeightDtype.Int8],
        not null => [WeightDtype.Fp16, WeightDtype.Int8],

        // A processor without instructions for bf16 computes it slowly, but in half the memory; eight bits are fast everywhere.
        null => cpuDtype == WeightDtype.Bf16
            ? [WeightDtype.Bf16, WeightDtype.Int8]
            : [WeightDtype.Fp32, WeightDtype.Int8, WeightDtype.Bf16],
    };
}
