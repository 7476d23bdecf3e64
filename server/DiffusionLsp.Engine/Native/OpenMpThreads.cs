using System.Runtime.InteropServices;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// How the OpenMP library under libtorch waits. By default its threads spin between two parallel loops, and as soon as
/// another process wants the same cores they spin away the time slices that the others need to finish: with a dozen
/// runnable threads on two cores a small forward pass took 20 to 80 times as long as with sleeping threads (830 ms
/// against 44 ms, and 1,290 ms against 10 ms). A server shares its machine with compilers and editors, so its threads
/// sleep; alone on the machine that costs some 0.2 ms in a pass of 2 ms, and less in larger ones.
/// </summary>
internal static partial class OpenMpThreads
{
    private const string WaitPolicy = "OMP_WAIT_POLICY";

    /// <summary>Makes waiting threads sleep. The library reads its settings once, when it is loaded: call it before.</summary>
    public static void SleepWhileWaiting()
    {
        if (Environment.GetEnvironmentVariable(WaitPolicy) is { Length: > 0 })
        {
            return;
        }

        Environment.SetEnvironmentVariable(WaitPolicy, "PASSIVE");
        if (!OperatingSystem.IsWindows())
        {
            // .NET keeps its own copy of the environment on Unix; a native library reads that of libc.
            _ = SetEnvironment(WaitPolicy, "PASSIVE", 0);
        }
    }

    /// <summary>Whether the user has chosen the number of threads.</summary>
    public static bool CountIsChosen => Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 };

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
