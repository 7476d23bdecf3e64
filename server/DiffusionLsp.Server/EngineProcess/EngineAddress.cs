using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.EngineProcess;

/// <summary>
/// Where the engine for one model, device and build of this program is found: every window of a user comes to the same
/// address, and nobody else may open it. A pipe's name on Windows; elsewhere a socket in a folder that is the user's alone.
/// </summary>
/// <param name="Folder">The folder of sockets and locks; only its owner may enter.</param>
/// <param name="Name">Tells model, device and build apart.</param>
internal sealed record EngineAddress(string Folder, string Name)
{
    // A socket's path may have 107 bytes on Linux and 103 on macOS.
    private const int LongestFolder = 70;

    /// <summary>The pipe, as .NET names it.</summary>
    public string Pipe => OperatingSystem.IsWindows() ? $"diffusionlsp-{Environment.UserName}-{Name}" : Path.Combine(Folder, $"{Name}.sock");

    /// <summary>The file that the engine at this address holds locked as long as it lives.</summary>
    public string LockFile => Path.Combine(Folder, $"{Name}.lock");

    /// <summary>The file with the number of the engine's process.</summary>
    public string ProcessFile => Path.Combine(Folder, $"{Name}.pid");

    /// <summary>The address for a model.</summary>
    /// <param name="modelFolder">The checkpoint's folder; a checkpoint that was written anew has a new address.</param>
    /// <param name="device">Device and dtype as they were asked for.</param>
    /// <exception cref="EngineException">The folder for the address is not the user's alone.</exception>
    public static EngineAddress For(string modelFolder, string device) =>
        new(UsersFolder(), NameOf(Path.GetFullPath(modelFolder), device));

    private static string NameOf(string modelFolder, string device)
    {
        StringBuilder identity = new();
        identity.Append(CultureInfo.InvariantCulture, $"{typeof(EngineAddress).Module.ModuleVersionId}\n{device}\n{modelFolder}\n");
        foreach (FileInfo file in new DirectoryInfo(modelFolder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            identity.Append(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity.ToString())))[..16];
    }

    private static string UsersFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            return Directory.CreateDirectory(Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "diffusionlsp", "engines")).FullName;
        }

        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        string folder = runtime is { Length: > 0 and < LongestFolder } && Directory.Exists(runtime)
            ? Path.Combine(runtime, "diffusionlsp")
            : Path.Combine(Path.GetTempPath(), $"diffusionlsp-{Environment.UserName}");
        Directory.CreateDirectory(folder, OwnerOnly);
        return (File.GetUnixFileMode(folder) & ~OwnerOnly) == 0
            ? folder
            : throw new EngineException(
                $"{folder} can be opened by others, and the engine's address must not: remove it, or set XDG_RUNTIME_DIR.");
    }

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
}
