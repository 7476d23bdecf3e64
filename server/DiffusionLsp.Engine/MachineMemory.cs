using DiffusionLsp.Engine.Native;

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
/// <param name="CpuDtype">The dtype in which models run fastest on the CPU here: <c>bf16</c> or <c>fp32</c>.</param>
/// <param name="CudaDevices">The devices that this build can use.</param>
public sealed record MachineMemory(
    long TotalBytes, long AvailableBytes, string CpuDtype, IReadOnlyList<CudaDeviceReport> CudaDevices)
{
    private static readonly (string, string) s_anything = ("auto", "auto");

    /// <summary>What a model needs: in the place that it would be loaded in, or where there is none in the least that it can.</summary>
    public long NeedOf(ModelShape shape) => (PlaceFor(shape) ?? WhenFree.PlaceFor(shape))?.NeededBytes
        ?? ModelPlace.Candidates(shape, s_anything, this, null).Min(candidate => candidate.Place.NeededBytes);

    /// <summary>Whether a model can be loaded.</summary>
    public MemoryFit FitOf(ModelShape shape) =>
        PlaceFor(shape) is not null ? MemoryFit.Fits
        : WhenFree.PlaceFor(shape) is not null ? MemoryFit.FitsWhenFree
        : MemoryFit.TooLarge;

    internal WeightDtype FastestCpuDtype => WeightDtypes.Find(CpuDtype) ?? WeightDtype.Fp32;

    private MachineMemory WhenFree => this with
    {
        AvailableBytes = TotalBytes,
        CudaDevices = [.. CudaDevices.Select(device => device with { FreeBytes = null })],
    };

    private ModelPlace? PlaceFor(ModelShape shape) => ModelPlace.Candidates(shape, s_anything, this, null)
        .Where(candidate => candidate.Room >= candidate.Place.NeededBytes)
        .Select(candidate => candidate.Place)
        .FirstOrDefault();
}
