using System.Runtime.InteropServices;
using System.Text;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// Asks NVIDIA's driver for its devices and their free memory, which TorchSharp does not tell. The order and the
/// numbers are those of <c>cuda:N</c>, because the CUDA driver library counts them; NVML, found by each device's
/// UUID, adds the free memory. Both libraries come with the driver. Deliberately creates no CUDA context, and takes
/// every failure for "not told".
/// </summary>
internal static unsafe class CudaDriver
{
    private const int Success = 0;
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;

    /// <summary>The devices; none where there is no driver.</summary>
    public static IReadOnlyList<CudaDeviceReport> Devices()
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var cuda))
        {
            return [];
        }

        try
        {
            var initialise = (delegate* unmanaged<uint, int>)Export(cuda, "cuInit");
            var count = (delegate* unmanaged<int*, int>)Export(cuda, "cuDeviceGetCount");
            var devices = 0;
            if (initialise(0) != Success || count(&devices) != Success)
            {
                return [];
            }

            using var management = NvidiaManagement.TryOpen();
            return [.. Enumerable.Range(0, devices).Select(index => Describe(cuda, index, management))];
        }
        catch (EntryPointNotFoundException)
        {
            // A driver too old for these functions is too old for any libtorch.
            return [];
        }
    }

    /// <summary>The newest version of CUDA that the driver knows; null where there is no driver.</summary>
    public static Version? Version()
    {
        var version = 0;
        return NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var cuda)
            && NativeLibrary.TryGetExport(cuda, "cuDriverGetVersion", out var function)
            && ((delegate* unmanaged<int*, int>)function)(&version) == Success
            ? new Version(version / 1000, version % 1000 / 10)
            : null;
    }

    private static CudaDeviceReport Describe(nint cuda, int index, NvidiaManagement? management)
    {
        var get = (delegate* unmanaged<int*, int, int>)Export(cuda, "cuDeviceGet");
        var attribute = (delegate* unmanaged<int*, int, int, int>)Export(cuda, "cuDeviceGetAttribute");
        var totalMemory = (delegate* unmanaged<nuint*, int, int>)Export(cuda, "cuDeviceTotalMem_v2");
        var nameOf = (delegate* unmanaged<byte*, int, int, int>)Export(cuda, "cuDeviceGetName");
        var uuidOf = (delegate* unmanaged<byte*, int, int>)Export(cuda, "cuDeviceGetUuid_v2");

        int device = 0, major = 0, minor = 0;
        nuint total = 0;
        var name = stackalloc byte[256];
        var uuid = stackalloc byte[16];
        var isKnown = get(&device, index) == Success
            && attribute(&major, ComputeCapabilityMajor, device) == Success
            && attribute(&minor, ComputeCapabilityMinor, device) == Success
            && totalMemory(&total, device) == Success
            && nameOf(name, 256, device) == Success;
        if (!isKnown)
        {
            return new CudaDeviceReport(index, "unknown", new Version(0, 0), 0, null);
        }

        var free = uuidOf(uuid, device) == Success
            ? management?.FreeBytes(new Guid(new Span<byte>(uuid, 16), bigEndian: true))
            : null;
        var text = Marshal.PtrToStringUTF8((nint)name) ?? "";
        return new CudaDeviceReport(index, text, new Version(major, minor), (long)total, free);
    }

    private static nint Export(nint library, string name) => NativeLibrary.GetExport(library, name);

    /// <summary>An opened NVML.</summary>
    private sealed class NvidiaManagement : IDisposable
    {
        private readonly nint _library;

        private NvidiaManagement(nint library) => _library = library;

        public static NvidiaManagement? TryOpen()
        {
            var name = OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1";
            return NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "nvmlInit_v2", out var initialise)
                && ((delegate* unmanaged<int>)initialise)() == Success
                    ? new NvidiaManagement(library)
                    : null;
        }

        /// <summary>The free memory of a device, or of a part of one (MIG).</summary>
        public long? FreeBytes(Guid uuid) => FreeBytes($"GPU-{uuid}") ?? FreeBytes($"MIG-{uuid}");

        public void Dispose() => ((delegate* unmanaged<int>)Export(_library, "nvmlShutdown"))();

        private long? FreeBytes(string identity)
        {
            var find = (delegate* unmanaged<byte*, nint*, int>)Export(_library, "nvmlDeviceGetHandleByUUID");
            var memoryOf = (delegate* unmanaged<nint, ulong*, int>)Export(_library, "nvmlDeviceGetMemoryInfo");
            nint device;
            var totalFreeUsed = stackalloc ulong[3];
            fixed (byte* text = Encoding.ASCII.GetBytes(identity + '\0'))
            {
                return find(text, &device) == Success && memoryOf(device, totalFreeUsed) == Success
                    ? (long)totalFreeUsed[1]
                    : null;
            }
        }
    }
}
