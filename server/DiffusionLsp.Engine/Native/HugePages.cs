using System.Runtime.InteropServices;
using TorchSharp;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// Pages of 2 MB for memory that will be used as a whole. Linux hands out a large tensor 4 KB at a time, and to be given half a
/// million pages took most of the time of loading one. Elsewhere, and where Linux has none to give, the memory stays as it is.
/// </summary>
internal static partial class HugePages
{
    private const int MadviseHugePage = 14;
    private const int MadviseCollapse = 25;
    private const nuint PageBytes = 2 << 20;

    /// <summary>
    /// Asks for them, for all pages that a tensor of at most 2 GiB touches; to be called before it is first written. One of less
    /// than a page, or on another device, is left alone.
    /// </summary>
    public static unsafe void AskFor(torch.Tensor tensor)
    {
        if (!OperatingSystem.IsLinux() || tensor.device.type != DeviceType.CPU)
        {
            return;
        }

        var memory = tensor.bytes;
        if ((nuint)memory.Length < PageBytes)
        {
            return;
        }

        fixed (byte* start = memory)
        {
            nuint first = (nuint)start & ~(PageBytes - 1);
            nuint end = ((nuint)start + (nuint)memory.Length + PageBytes - 1) & ~(PageBytes - 1);

            // The allocator has written its note in front of the tensor, and so its first page is one of 4 KB already: that is
            // made a large one now. A refusal changes nothing.
            _ = Advise(first, end - first, MadviseHugePage);
            _ = Advise(first, PageBytes, MadviseCollapse);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nuint address, nuint length, int advice);
}
