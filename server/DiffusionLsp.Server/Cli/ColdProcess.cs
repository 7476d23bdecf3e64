using System.Diagnostics;
using System.Globalization;

namespace DiffusionLsp.Server.Cli;

/// <summary>What a cold process does before it leaves.</summary>
internal enum ColdWork
{
    /// <summary>Loads libtorch and multiplies two matrices.</summary>
    Matmul,

    /// <summary>Loads the model and fills one gap.</summary>
    Infill,

    /// <summary>Loads a large checkpoint and takes a few steps with it.</summary>
    Steps,
}

/// <summary>What one cold process took.</summary>
/// <param name="Milliseconds">From before its start to after its end.</param>
/// <param name="PeakMemoryBytes">The most memory it held.</param>
internal readonly record struct ColdRun(double Milliseconds, long PeakMemoryBytes);

/// <summary>Starts this executable once more and measures the whole life of that process.</summary>
internal static class ColdProcess
{
    /// <summary>Runs the executable with the given arguments; it must print its peak memory.</summary>
    public static ColdRun Run(IReadOnlyList<string> arguments)
    {
        var start = OwnExecutable.With(arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double milliseconds = clock.Elapsed.TotalMilliseconds;
        return process.ExitCode == 0
            ? new ColdRun(milliseconds, long.Parse(output, CultureInfo.InvariantCulture))
            : throw new BadInputException(CommandLine.MessageOf(error.GetAwaiter().GetResult()));
    }

    /// <summary>The most memory that this process has held.</summary>
    public static long PeakMemoryBytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
