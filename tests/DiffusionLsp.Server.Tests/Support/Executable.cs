using System.Diagnostics;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>The built executable as a process, with its three streams redirected.</summary>
internal static class Executable
{
    public static Process Start(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "diffusionlsp.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
