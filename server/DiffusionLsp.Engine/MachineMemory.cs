using DiffusionLsp.Engine.Native;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine;

/// <summary>Whether a machine has the memory for a model.</summary>
public enum MemoryFit
{
    /// <summary>It can be loaded now.</summary>
    Fits,

    /// <summary>The machine is large enough, but other programs hold too much of its memory.</summary>
    FitsWhenFree,

    /// <summary>The machine is too small.</summary>
    TooLarge,
}

/// <summary>
/// The memory of this machine, judged by the rules by which a model is loaded or refused, before there is a model to load.
/// </summary>
/// <param name="TotalBytes">What the system, or the container's limit, gives.</param>
/// <param name="AvailableBytes">How much of it is not in use.</param>
/// <param name="CpuDtype">The dtype in which models run on the CPU here: <c>bf16</c> or <c>fp32</c>.</param>
/// <param name="CudaDevices">The devices that this build can use.</param>
public sealed record MachineMemory(
    long TotalBytes, long AvailableBytes, string CpuDtype, IReadOnlyList<CudaDeviceReport> CudaDevices)
{
    /// <summary>What a model needs: on a device that has the room for it, else on the CPU.</summary>
    /// <param name="parameters">The number of its weights.</param>
    public long NeedOf(long parameters) =>
        IsForCuda(parameters) ? CudaNeed(parameters) : CpuNeed(parameters);

    /// <summary>Whether a model can be loaded.</summary>
    /// <param name="parameters">The number of its weights.</param>
    public MemoryFit FitOf(long parameters) =>
        IsForCuda(parameters) || AvailableBytes >= CpuNeed(parameters) ? MemoryFit.Fits
        : TotalBytes >= CpuNeed(parameters) ? MemoryFit.FitsWhenFree
        : MemoryFit.TooLarge;

    private static long CudaNeed(long parameters) => DeviceChoice.CudaBytes(parameters) + DeviceChoice.CudaOverheadBytes;

    private bool IsForCuda(long parameters) =>
        CudaDevices.Any(device => (device.FreeBytes ?? device.TotalBytes) >= CudaNeed(parameters));

    private long CpuNeed(long parameters) =>
        DeviceChoice.CpuBytes(parameters, CpuDtype == "fp32" ? ScalarType.Float32 : ScalarType.BFloat16);
}
