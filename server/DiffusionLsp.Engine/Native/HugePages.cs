using System.Runtime.InteropServices;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// Pages of 2 MB for memory that will be used as a whole. Linux hands out a large tensor 4 KB at a time, and most of the time
/// of loading one was spent in being given its half a million pages. Elsewhere, and where Linux has none to give, the memory
/// stays as it is.
/// </summary>
internal static partial class HugePages
{
    private const int MadviseHugePage = 14;
    private const nuint PageBytes = 2 << 20;

    /// <summary>Asks for them, for the pages that lie wholly in the memory; to be called before it is first written.</summary>
    public static unsafe void AskFor(Span<byte> memory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        fixed (byte* start = memory)
        {
            nuint first = ((nuint)start + PageBytes - 1) & ~(PageBytes - 1);
            nuint end = ((nuint)start + (nuint)memory.Length) & ~(PageBytes - 1);
            if (end > first)
            {
                // A refusal changes nothing.
                _ = Advise(first, end - first, MadviseHugePage);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nuint address, nuint length, int advice);
}
