using System.Diagnostics;

namespace DiffusionLsp.Server.Cli;

/// <summary>How this program is started once more.</summary>
internal static class OwnExecutable
{
    /// <summary>What starts it with the given arguments.</summary>
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };

        // Started as `dotnet diffusionlsp.dll`, the process is the host and the program its first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
