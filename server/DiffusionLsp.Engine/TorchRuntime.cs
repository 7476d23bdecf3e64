using System.Reflection;
using DiffusionLsp.Engine.Native;
using TorchSharp;

namespace DiffusionLsp.Engine;

/// <summary>
/// The only place that knows how libtorch is loaded, and on which device and in which dtype a model runs. Whoever uses
/// TorchSharp calls <see cref="EnsureLoaded"/> first, because settings that libtorch reads while it loads are made
/// there. It deliberately knows no model: what one needs is passed in.
/// </summary>
public static class TorchRuntime
{
    private static readonly Lazy<LoadedTorch> Loaded = new(Load);

    internal static string TorchSharpVersion =>
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    /// <summary>Says what this machine and this build offer, for people; it never fails.</summary>
    public static RuntimeReport Inspect()
    {
        var loadProblem = LoadProblem();
        var devices = CudaDriver.Devices();
        var memory = Memory();
        return new RuntimeReport
        {
            TorchSharpVersion = TorchSharpVersion,
            LibtorchVersion = loadProblem is null ? Loaded.Value.Version : null,
            LibraryPath = TorchLibraries.TorchSharpPath,
            LibtorchFolder = TorchLibraries.LibtorchFolder,
            LoadProblem = loadProblem,
            Threads = loadProblem is null ? torch.get_num_threads() : 0,
            LogicalProcessors = Environment.ProcessorCount,
            ProcessorFeatures = Processor.Features,
            CpuDtype = Processor.HasFastBf16 ? "bf16" : "fp32",
            TorchRuntime = TorchLibraries.IsCudaBuild ? "cuda" : "cpu",
            CudaProblem = loadProblem is null ? CudaProblem(devices) : "libtorch does not load.",
            CudaDevices = devices,
            CudaDriverVersion = CudaDriver.Version(),
            TotalMemoryBytes = memory.Total,
            AvailableMemoryBytes = memory.Available,
        };
    }

    /// <summary>Says what memory there is for a model, without loading libtorch.</summary>
    public static MachineMemory InspectMemory() => InspectMemory(TorchLibraries.IsCudaBuild ? CudaDriver.Devices() : []);

    private static MachineMemory InspectMemory(IReadOnlyList<CudaDeviceReport> devices)
    {
        var memory = Memory();
        return new MachineMemory(memory.Total, memory.Available, Processor.HasFastBf16 ? "bf16" : "fp32", devices);
    }

    /// <summary>Loads libtorch, once in a process.</summary>
    /// <exception cref="TorchRuntimeException">It does not load; the message says what to do. It stays so.</exception>
    internal static void EnsureLoaded() => _ = Loaded.Value;

    /// <summary>The device for a model.</summary>
    /// <param name="request">
    /// <c>auto</c> (CUDA where it is there and has the memory), <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.
    /// </param>
    /// <param name="neededBytes">The memory that the model takes, weights and work space.</param>
    /// <exception cref="TorchRuntimeException">What was asked for cannot be had.</exception>
    internal static torch.Device SelectDevice(string request, long neededBytes)
    {
        EnsureLoaded();
        // The driver takes a tenth of a second to answer: ask it only where the answer matters.
        var devices = request != "cpu" && TorchLibraries.IsCudaBuild ? CudaDriver.Devices() : [];
        var problem = request == "cpu" ? null : CudaProblem(devices);
        return DeviceChoice.CudaIndex(request, neededBytes, devices, problem) is { } index
            ? new torch.Device(DeviceType.CUDA, index)
            : torch.CPU;
    }

    /// <summary>The dtype for a model on a device.</summary>
    /// <param name="request"><c>auto</c>, <c>bf16</c>, <c>fp16</c> or <c>fp32</c>.</param>
    /// <param name="device">Where the model runs.</param>
    /// <exception cref="TorchRuntimeException">The dtype is unknown, or the device has no use for it.</exception>
    internal static torch.ScalarType SelectDtype(string request, torch.Device device) =>
        DeviceChoice.Dtype(
            request,
            device.type == DeviceType.CUDA ? CudaDriver.Devices()[Math.Max(0, device.index)] : null,
            Processor.HasFastBf16);

    /// <summary>The device and the dtype for a model, by what fits.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="device">As for <see cref="SelectDevice"/>.</param>
    /// <param name="dtype">As for <see cref="SelectDtype"/>.</param>
    /// <exception cref="TorchRuntimeException">It fits nowhere, with the figures; or what was asked for cannot be had.</exception>
    internal static (torch.Device Device, WeightDtype Dtype) SelectPlace(ModelShape shape, string device, string dtype)
    {
        EnsureLoaded();
        // The driver takes a tenth of a second to answer: ask it only where the answer matters.
        bool asksCuda = device != "cpu" && TorchLibraries.IsCudaBuild;
        var machine = InspectMemory(asksCuda ? CudaDriver.Devices() : []);
        var place = ModelPlace.Choose(shape, (device, dtype), machine, device == "cpu" ? null : CudaProblem(machine.CudaDevices));
        return (place.CudaIndex is { } index ? new torch.Device(DeviceType.CUDA, index) : torch.CPU, place.Dtype);
    }

    /// <summary>The type that a model whose weights have that type is computed in on a device.</summary>
    internal static torch.ScalarType ComputedType(WeightDtype dtype, torch.Device device) =>
        dtype == WeightDtype.Int8 ? SelectDtype("auto", device) : dtype.Computed();

    /// <summary>
    /// The tensors that this process holds now, on all threads. Between two infills it is what it was before the first one; a
    /// count that has grown is a leak.
    /// </summary>
    public static long LiveTensors => torch.Tensor.TotalCount;

    private static (long Total, long Available) Memory()
    {
        // The figures are those of the last collection, so make one.
        GC.Collect(0);
        var memory = GC.GetGCMemoryInfo(GCKind.Any);
        return (memory.TotalAvailableMemoryBytes, Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes));
    }

    private static LoadedTorch Load()
    {
        OpenMpThreads.SleepWhileWaiting();
        FreedMemory.Keep();
        TorchLibraries.Load();
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            if (!OpenMpThreads.CountIsChosen)
            {
                torch.set_num_threads(Processor.PhysicalCores);
            }

            return new LoadedTorch(TorchLibraries.LibtorchVersion()?.ToString() ?? torch.__version__);
        }
        catch (Exception failure) when (
            failure is TypeInitializationException or NotSupportedException or DllNotFoundException or EntryPointNotFoundException)
        {
            var cause = failure.GetBaseException().Message.Split('\n', 2)[0].Trim();
            throw new TorchRuntimeException(
                $"TorchSharp {TorchSharpVersion} cannot use {TorchLibraries.TorchSharpPath}: {cause} "
                + "Build or install DiffusionLsp again, so that both are of one version.",
                failure);
        }
    }

    private static string? LoadProblem()
    {
        try
        {
            EnsureLoaded();
            return null;
        }
        catch (TorchRuntimeException problem)
        {
            return problem.Message;
        }
    }

    private static string? CudaProblem(IReadOnlyList<CudaDeviceReport> devices) =>
        !TorchLibraries.IsCudaBuild ? "this is a CPU build of libtorch; run `diffusionlsp runtime install cuda`, or build with -p:TorchRuntime=cuda."
        : devices.Count == 0 ? "NVIDIA's driver shows no device; install the driver, and check CUDA_VISIBLE_DEVICES."
        : !torch.cuda.is_available() ? "libtorch finds no usable device; update NVIDIA's driver."
        : null;

    private sealed record LoadedTorch(string Version);
}
