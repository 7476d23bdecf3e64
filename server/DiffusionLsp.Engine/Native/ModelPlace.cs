using System.Globalization;

namespace DiffusionLsp.Engine.Native;

/// <summary>Where a model goes, as what, and what it takes there.</summary>
/// <param name="CudaIndex">The CUDA device; null for the CPU.</param>
/// <param name="Dtype">The type of its weights.</param>
/// <param name="NeededBytes">The memory that it takes.</param>
internal sealed record ModelPlace(int? CudaIndex, WeightDtype Dtype, long NeededBytes)
{
    private const string Auto = "auto";

    /// <summary>
    /// The first place that has the room: devices in their order of preference, and on each the types in theirs.
    /// </summary>
    /// <param name="shape">The model.</param>
    /// <param name="asked">The device and dtype that the user asked for, or <c>auto</c>.</param>
    /// <param name="machine">What there is.</param>
    /// <param name="cudaProblem">Why no CUDA device can be used, and what to do; null where they can.</param>
    /// <exception cref="TorchRuntimeException">There is no room, with the figures; or what was asked for cannot be had.</exception>
    public static ModelPlace Choose(
        ModelShape shape, (string Device, string Dtype) asked, MachineMemory machine, string? cudaProblem)
    {
        var tried = Candidates(shape, asked, machine, cudaProblem);
        var (place, _) = tried.FirstOrDefault(candidate => candidate.Room >= candidate.Place.NeededBytes);
        return place ?? throw new TorchRuntimeException(
            $"There is too little memory for this model: {string.Join("; ", tried.Select(candidate => Figures(candidate, machine)))}. "
            + "Close other programs, or take a smaller model.");
    }

    /// <summary>Every place that may be taken, the best first, and the memory that is free there.</summary>
    public static IEnumerable<(ModelPlace Place, long Room)> Candidates(
        ModelShape shape, (string Device, string Dtype) asked, MachineMemory machine, string? cudaProblem)
    {
        WeightDtype? dtype = asked.Dtype == Auto ? null : WeightDtypes.Find(asked.Dtype)
            ?? throw new TorchRuntimeException($"'{asked.Dtype}' is no dtype: take auto, bf16, fp16, fp32 or int8.");
        foreach (var device in DeviceChoice.InOrder(asked.Device, machine.CudaDevices, cudaProblem))
        {
            if (device is null && dtype == WeightDtype.Fp16)
            {
                // Only where nothing else is left: a CPU computes fp16 at a tenth of the speed of bf16.
                throw new TorchRuntimeException(DeviceChoice.NoFp16OnCpu);
            }

            long room = device is null ? machine.AvailableBytes : device.FreeBytes ?? device.TotalBytes;
            long overhead = device is null ? MemoryNeed.CpuOverhead : MemoryNeed.CudaOverhead;
            foreach (var type in dtype is { } one ? [one] : WeightDtypes.InOrder(device, machine.FastestCpuDtype))
            {
                yield return (new ModelPlace(device?.Index, type, MemoryNeed.Bytes(shape, type, overhead)), room);
            }
        }
    }

    private static string Figures((ModelPlace Place, long Room) candidate, MachineMemory machine)
    {
        string device = candidate.Place.CudaIndex is { } index ? $"cuda:{index} ({machine.CudaDevices[index].Name})" : "the CPU";
        return $"{device} has {Gibibytes(candidate.Room)} free and it needs {Gibibytes(candidate.Place.NeededBytes)} in {candidate.Place.Dtype.Name()}";
    }

    private static string Gibibytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F1} GiB");
}
