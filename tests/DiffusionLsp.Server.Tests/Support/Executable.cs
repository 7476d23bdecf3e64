using System.Diagnostics;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>The built executable as a process, with its three streams redirected.</summary>
internal static class Executable
{
    public static Process Start(IEnumerable<string> arguments) => Start(arguments, new Dictionary<string, string>());

    /// <summary>The same with variables of the environment.</summary>
    public static Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
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

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
