using System.Globalization;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.RuntimeStore;

namespace DiffusionLsp.Server.Cli;

/// <summary>Which native libtorch is used, as <c>runtime info --json</c> prints it.</summary>
/// <param name="TorchSharp">The version of TorchSharp.</param>
/// <param name="Libtorch">The version of libtorch; null where it does not load.</param>
/// <param name="Kind"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Problem">Why it does not load; null where it does.</param>
/// <param name="CudaProblem">Why CUDA cannot be used; null where it can.</param>
/// <param name="DriverCuda">The newest CUDA that NVIDIA's driver knows; null where there is no driver.</param>
/// <param name="Devices">The devices that the driver shows.</param>
/// <param name="Installed">The folder of the installed CUDA runtime; null where there is none.</param>
/// <param name="InstalledBytes">What it takes on the disk.</param>
internal sealed record RuntimeInfo(
    string TorchSharp,
    string? Libtorch,
    string Kind,
    string? Folder,
    string? Problem,
    string? CudaProblem,
    string? DriverCuda,
    IReadOnlyList<string> Devices,
    string? Installed,
    long? InstalledBytes)
{
    /// <summary>Puts together what the engine says and what is installed.</summary>
    public static RuntimeInfo Of(RuntimeReport report, LocalStore store)
    {
        string folder = store.FolderOf(InstalledRuntime.CudaName);
        RuntimeRecord? installed = RuntimeRecord.Of(folder);
        return new RuntimeInfo(
            report.TorchSharpVersion,
            report.LibtorchVersion,
            report.TorchRuntime,
            report.LibtorchFolder,
            report.LoadProblem,
            report.CudaProblem,
            report.CudaDriverVersion?.ToString(),
            [.. report.CudaDevices.Select(device => string.Create(
                CultureInfo.InvariantCulture, $"cuda:{device.Index} {device.Name}, compute capability {device.ComputeCapability}, {Sizes.Of(device.TotalBytes)}"))],
            installed is null ? null : folder,
            installed?.Bytes);
    }

    /// <summary>The same for people, one line a fact.</summary>
    public IEnumerable<string> Lines()
    {
        yield return Problem is null
            ? $"libtorch {Libtorch} ({Kind}) by way of TorchSharp {TorchSharp}, from {Folder}"
            : $"libtorch does not load: {Problem}";
        yield return DriverCuda is { } version
            ? $"NVIDIA's driver is for CUDA up to {version}: {(Devices.Count == 0 ? "it shows no device" : string.Join("; ", Devices))}"
            : "no NVIDIA driver";
        if (CudaProblem is not null)
        {
            yield return $"CUDA cannot be used: {CudaProblem}";
        }

        yield return Installed is { } folder
            ? $"an installed CUDA runtime lies in {folder}, {Sizes.Of(InstalledBytes ?? 0)}{(folder == Folder ? ", and is used" : ", and is not used: it is not whole, or this build has its own")}"
            : $"no CUDA runtime is installed (`diffusionlsp runtime install cuda`)";
    }
}
