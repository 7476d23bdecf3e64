using System.Text.Json;
using DiffusionLsp.Engine.Native;

namespace DiffusionLsp.Engine;

/// <summary>
/// A native libtorch that was installed beside the one that this build carries: a folder of the user's, made by
/// <c>diffusionlsp runtime install</c>. It is for one version of TorchSharp and one platform, and counts only where all its
/// files are there. Nothing here opens a connection or writes.
/// </summary>
public static class InstalledRuntime
{
    /// <summary>The environment variable that names another folder for runtimes.</summary>
    public const string Variable = "DIFFUSIONLSP_RUNTIMES";

    /// <summary>The file in a runtime's folder that says what it is for and lists its files.</summary>
    public const string RecordName = "diffusionlsp-runtime.json";

    /// <summary>The version of TorchSharp that a runtime must be made for.</summary>
    public static string TorchSharpVersion => TorchRuntime.TorchSharpVersion;

    /// <summary>The platform that it must be made for, e.g. <c>linux-x64</c>.</summary>
    public static string Platform => TorchLibraries.Platform;

    /// <summary>The folder that holds runtimes, each in a folder of its own.</summary>
    public static string Home() => Environment.GetEnvironmentVariable(Variable)?.Trim() is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "diffusionlsp",
            "runtimes");

    /// <summary>The name of a CUDA runtime for this build; another version of TorchSharp has another one.</summary>
    public static string CudaName => $"cuda-{TorchSharpVersion}";

    /// <summary>Whether there may be one at all: a quick look for the many that have none.</summary>
    public static bool IsAny => Directory.Exists(Home());

    /// <summary>The folder of the CUDA runtime for this build; null where there is none, or not all of it.</summary>
    public static string? Find() => Find(Path.Combine(Home(), CudaName));

    /// <summary>The folder itself, where it holds all of a runtime for this build; else null.</summary>
    public static string? Find(string folder)
    {
        try
        {
            using var record = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, RecordName)));
            var root = record.RootElement;
            return root.GetProperty("torch_sharp").GetString() == TorchSharpVersion
                && root.GetProperty("platform").GetString() == Platform
                && root.GetProperty("files").EnumerateArray().All(file => IsThere(folder, file)) ? folder : null;
        }
        catch (Exception damaged) when (
            damaged is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsThere(string folder, JsonElement file) =>
        new FileInfo(Path.Combine(folder, file.GetProperty("name").GetString() ?? "")) is { Exists: true } found
        && found.Length == file.GetProperty("bytes").GetInt64();
}
