using System.Globalization;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// The rules by which a device and a dtype are chosen: pure functions of what was asked for and what there is.
/// </summary>
internal static class DeviceChoice
{
    /// <summary>What CUDA itself takes on a device, next to the model: its context and its libraries' work space.</summary>
    internal const long CudaOverheadBytes = 1L << 30;

    /// <summary>What a forward pass takes on the CPU, next to the weights.</summary>
    internal const long CpuWorkBytes = 128L << 20;

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
                return index < devices.Count
                    ? RequireRoom(devices[index], neededBytes).Index
                    : throw new TorchRuntimeException(
                        $"There is no device {request}: the driver shows {devices.Count}, from cuda:0 on.");
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
        ("fp16", null) => throw new TorchRuntimeException(
            "fp16 is for CUDA devices: a CPU computes it at a tenth of the speed of bf16. Take bf16, fp32 or auto."),
        ("fp16", _) => ScalarType.Float16,
        ("auto", null) => cpuHasFastBf16 ? ScalarType.BFloat16 : ScalarType.Float32,
        // bf16 came with the Ampere generation.
        ("auto", { ComputeCapability.Major: >= 8 }) => ScalarType.BFloat16,
        ("auto", _) => ScalarType.Float16,
        _ => throw new TorchRuntimeException($"'{request}' is no dtype: take auto, bf16, fp16 or fp32."),
    };

    /// <summary>What a model takes on the CPU: its weights, an eighth of them to load with, and room to work.</summary>
    public static long CpuBytes(long parameters, ScalarType dtype)
    {
        long weight = dtype == ScalarType.Float32 ? 4 : 2;
        return (parameters * weight) + (parameters * weight / 8) + CpuWorkBytes;
    }

    /// <summary>What a CUDA device must have free for a model: the weights at their widest, and as much again to work with.</summary>
    public static long CudaBytes(long parameters) => parameters * 2 * sizeof(float);

    /// <summary>Refuses a model that the machine's memory cannot hold, since it would be swapped or killed.</summary>
    /// <param name="parameters">The number of weights.</param>
    /// <param name="dtype">Their type.</param>
    /// <param name="availableBytes">The memory that is free.</param>
    /// <exception cref="TorchRuntimeException">It is too little; the message has the figures.</exception>
    public static void RequireCpuRoom(long parameters, ScalarType dtype, long availableBytes)
    {
        long needed = CpuBytes(parameters, dtype);
        if (availableBytes < needed)
        {
            throw new TorchRuntimeException(
                $"The model needs {Gibibytes(needed)} of memory and {Gibibytes(availableBytes)} are free: close other "
                + "programs, or take a smaller model.");
        }
    }

    private static int ParseIndex(string request) =>
        request.StartsWith("cuda:", StringComparison.Ordinal)
        && int.TryParse(request.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new TorchRuntimeException($"'{request}' is no device: take auto, cpu, cuda or cuda:N.");

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
        (device.FreeBytes ?? device.TotalBytes) >= neededBytes + CudaOverheadBytes;

    private static CudaDeviceReport RequireRoom(CudaDeviceReport device, long neededBytes) =>
        HasRoom(device, neededBytes)
            ? device
            : throw new TorchRuntimeException(
                $"cuda:{device.Index} ({device.Name}) has {Gibibytes(device.FreeBytes ?? device.TotalBytes)} free, and the "
                + $"model needs {Gibibytes(neededBytes + CudaOverheadBytes)}. Free memory on it, or take a smaller model "
                + "or the device cpu.");

    private static string Gibibytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F1} GiB");
}
