using System.Runtime.InteropServices;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// What becomes of memory that a pass no longer needs. The GNU C library gives large pieces back to the system at once, and so
/// each of the next pass's tensors is handed out and cleared anew, 4 KB at a time: with oneDNN's copies of the matrices that
/// took twice the time of the products themselves. Up to a bound the process keeps it instead; other libraries of C keep their
/// ways.
/// </summary>
internal static partial class FreedMemory
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int Kept = 256 << 20;
    private const int KeptByOlder = 32 << 20;

    /// <summary>Keeps it from now on.</summary>
    public static void Keep()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            // Older ones allow no more than 32 MB here. The second option without the first would make things worse.
            if (SetOption(MmapThreshold, Kept) != 0 || SetOption(MmapThreshold, KeptByOlder) != 0)
            {
                _ = SetOption(TrimThreshold, Kept);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // Another library of C.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetOption(int option, int value);
}
