using System.Globalization;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// The rules by which a device and a dtype are chosen: pure functions of what was asked for and what there is.
/// </summary>
internal static class DeviceChoice
{
    /// <summary>Why no CPU gets fp16.</summary>
    internal const string NoFp16OnCpu =
        "fp16 is for CUDA devices: a CPU computes it at a tenth of the speed of bf16. Take bf16, fp32 or auto.";

    /// <summary>The devices that may be taken, the best first; null is the CPU.</summary>
    /// <param name="request"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <param name="devices">The devices there are, by their index.</param>
    /// <param name="cudaProblem">Why none can be used, and what to do; null where they can.</param>
    public static IReadOnlyList<CudaDeviceReport?> InOrder(
        string request, IReadOnlyList<CudaDeviceReport> devices, string? cudaProblem)
    {
        var roomiest = devices.OrderByDescending(device => device.FreeBytes ?? device.TotalBytes).Take(cudaProblem is null ? devices.Count : 0);
        switch (request)
        {
            case "cpu":
                return [null];
            case "auto":
                return [.. roomiest, null];
            case "cuda":
                RequireCuda(request, cudaProblem);
                return [.. roomiest];
            default:
                int index = ParseIndex(request);
                RequireCuda(request, cudaProblem);
                return [Numbered(index, devices)];
        }
    }

    /// <summary>The index of the CUDA device to use; null for the CPU.</summary>
    /// <param name="request"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <param name="neededBytes">What the model will take.</param>
    /// <param name="devices">The devices there are, by their index.</param>
    /// <param name="cudaProblem">Why none can be used, and what to do; null where they can.</param>
    public static int? CudaIndex(
        string request, long neededBytes, IReadOnlyList<CudaDeviceReport> devices, string? cudaProblem)
    {
        switch (request)
        {
            case "cpu":
                return null;
            case "auto":
                var roomy = cudaProblem is null ? devices.Where(device => HasRoom(device, neededBytes)) : [];
                return Roomiest(roomy)?.Index;
            case "cuda":
                RequireCuda(request, cudaProblem);
                return RequireRoom(Roomiest(devices)!, neededBytes).Index;
            default:
                var index = ParseIndex(request);
                RequireCuda(request, cudaProblem);
                return RequireRoom(Numbered(index, devices), neededBytes).Index;
        }
    }

    /// <summary>The dtype to compute in.</summary>
    /// <param name="request"><c>auto</c>, <c>bf16</c>, <c>fp16</c> or <c>fp32</c>.</param>
    /// <param name="cuda">The CUDA device; null for the CPU.</param>
    /// <param name="cpuHasFastBf16">Whether bf16 is faster than fp32 on the CPU.</param>
    public static ScalarType Dtype(string request, CudaDeviceReport? cuda, bool cpuHasFastBf16) => (request, cuda) switch
    {
        ("fp32", _) => ScalarType.Float32,
        ("bf16", _) => ScalarType.BFloat16,
        ("fp16", null) => throw new TorchRuntimeException(NoFp16OnCpu),
        ("fp16", _) => ScalarType.Float16,
        ("auto", _) => WeightDtypes.InOrder(cuda, cpuHasFastBf16 ? WeightDtype.Bf16 : WeightDtype.Fp32)[0].Computed(),
        _ => throw new TorchRuntimeException($"'{request}' is no dtype: take auto, bf16, fp16 or fp32."),
    };

    private static int ParseIndex(string request) =>
        request.StartsWith("cuda:", StringComparison.Ordinal)
        && int.TryParse(request.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new TorchRuntimeException($"'{request}' is no device: take auto, cpu, cuda or cuda:N.");

    private static CudaDeviceReport Numbered(int index, IReadOnlyList<CudaDeviceReport> devices) => index < devices.Count
        ? devices[index]
        : throw new TorchRuntimeException($"There is no device cuda:{index}: the driver shows {devices.Count}, from cuda:0 on.");

    private static void RequireCuda(string request, string? problem)
    {
        if (problem is not null)
        {
            throw new TorchRuntimeException($"The device {request} cannot be used: {problem}");
        }
    }

    private static CudaDeviceReport? Roomiest(IEnumerable<CudaDeviceReport> devices) =>
        devices.MaxBy(device => device.FreeBytes ?? device.TotalBytes);

    // Where the driver does not tell what is free, the device is tried.
    private static bool HasRoom(CudaDeviceReport device, long neededBytes) =>
        (device.FreeBytes ?? device.TotalBytes) >= neededBytes + MemoryNeed.CudaOverhead;

    private static CudaDeviceReport RequireRoom(CudaDeviceReport device, long neededBytes) =>
        HasRoom(device, neededBytes)
            ? device
            : throw new TorchRuntimeException(
                $"cuda:{device.Index} ({device.Name}) has {Gibibytes(device.FreeBytes ?? device.TotalBytes)} free, and the "
                + $"model needs {Gibibytes(neededBytes + MemoryNeed.CudaOverhead)}. Free memory on it, or take a smaller model "
                + "or the device cpu.");

    private static string Gibibytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F1} GiB");
}
