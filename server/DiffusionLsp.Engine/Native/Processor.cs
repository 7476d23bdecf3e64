using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace DiffusionLsp.Engine.Native;

/// <summary>What the processor tells of itself, as far as libtorch's speed depends on it.</summary>
internal static class Processor
{
    private const uint Avx512Bf16Bit = 1u << 5;
    private const uint AmxBf16Bit = 1u << 22;

    // "Auth", of "AuthenticAMD", where the lowest byte comes first.
    private const uint AmdName = 0x6874_7541;

    /// <summary>
    /// Whether products of bf16 matrices are faster than fp32's: avx512_bf16 or amx_bf16. That the system saves the
    /// wide registers is what <see cref="Avx512F.IsSupported"/> stands for; every processor with AMX has them.
    /// </summary>
    public static bool HasFastBf16 { get; } =
        OperatingSystemSavesWideRegisters && (HasFeature(7, 1, 0, Avx512Bf16Bit) || HasFeature(7, 0, 3, AmxBf16Bit));

    /// <summary>
    /// Whether it is AMD's and has AVX-512: MKL, by which libtorch multiplies, does not use that there, and oneDNN does.
    /// </summary>
    public static bool IsSlowUnderMkl { get; } = OperatingSystemSavesWideRegisters && Leaf(0, 0)[1] == AmdName;

    /// <summary>The instruction sets that matter here, by their Linux names.</summary>
    public static IReadOnlyList<string> Features { get; } = [.. FindFeatures()];

    /// <summary>
    /// The cores that this process may use. Two threads of one core share its arithmetic units: a second one only
    /// takes cache from the first.
    /// </summary>
    public static int PhysicalCores { get; } = Math.Max(1, Environment.ProcessorCount / ThreadsPerCore());

    private static bool OperatingSystemSavesWideRegisters => Avx512F.IsSupported;

    private static IEnumerable<string> FindFeatures()
    {
        (string Name, bool IsThere)[] known =
        [
            ("avx2", Avx2.IsSupported),
            ("avx512f", Avx512F.IsSupported),
            ("avx512_bf16", OperatingSystemSavesWideRegisters && HasFeature(7, 1, 0, Avx512Bf16Bit)),
            ("amx_bf16", OperatingSystemSavesWideRegisters && HasFeature(7, 0, 3, AmxBf16Bit)),
            ("asimd", AdvSimd.IsSupported),
        ];
        return known.Where(feature => feature.IsThere).Select(feature => feature.Name);
    }

    // Leaf 0xB, first level: how many threads a core has (Intel 64 and IA-32 Architectures Manual, volume 2A, CPUID).
    private static int ThreadsPerCore() => Math.Max(1, (int)(Leaf(0xB, 0)[1] & 0xFFFF));

    private static bool HasFeature(int leaf, int subleaf, int register, uint bit) =>
        (Leaf(leaf, subleaf)[register] & bit) != 0;

    /// <summary>The registers EAX, EBX, ECX and EDX of a CPUID leaf; zeros where the processor has no such leaf.</summary>
    private static uint[] Leaf(int leaf, int subleaf)
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < leaf)
        {
            return [0, 0, 0, 0];
        }

        var (eax, ebx, ecx, edx) = X86Base.CpuId(leaf, subleaf);
        return [(uint)eax, (uint)ebx, (uint)ecx, (uint)edx];
    }
}
