using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// The native libraries that this build carries: where they lie, and loading them before TorchSharp does. TorchSharp
/// would print a failure on stdout, which belongs to the protocol, and hide the loader's words; so each library is
/// loaded here first, the ones it needs before it, and a failure names the one that fails.
/// </summary>
internal static class TorchLibraries
{
    private static readonly string[] Platforms = ["linux-x64", "osx-arm64", "win-x64"];

    private static readonly string[] LoadOrder = ["c10", "torch_cpu", "torch_cuda", "torch", "LibTorchSharp"];

    // Only a host that answers TorchSharp's own loads in its way can use an installed one, and what the build carries is
    // enough where it is a CUDA build itself.
    private static readonly Lazy<string?> Installed = new(() =>
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) != AssemblyLoadContext.Default
        && Find("torch_cuda", OwnFolders()) is null ? InstalledRuntime.Find() : null);

    /// <summary>The platform by the name that packages give it.</summary>
    // Not RuntimeInformation.RuntimeIdentifier, which names the distribution where that has built .NET itself.
    public static string Platform =>
        (OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl"
            : "linux")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>Where TorchSharp's own native library lies; null where there is none for this platform.</summary>
    public static string? TorchSharpPath => Find("LibTorchSharp");

    /// <summary>Where the libtorch lies that is used; null where there is none.</summary>
    public static string? LibtorchFolder => Path.GetDirectoryName(Find("torch_cpu"));

    /// <summary>Whether that libtorch is a CUDA build.</summary>
    public static bool IsCudaBuild => Find("torch_cuda") is not null;

    /// <summary>Loads them all.</summary>
    /// <exception cref="TorchRuntimeException">One does not load; the message says which, why and what to do.</exception>
    public static void Load()
    {
        if (TorchSharpPath is null && !NativeLibrary.TryLoad("LibTorchSharp", typeof(torch).Assembly, null, out _))
        {
            throw new TorchRuntimeException(Platforms.Contains(Platform)
                ? $"libtorch is missing from {AppContext.BaseDirectory}. Build or install DiffusionLsp again, for {Platform}."
                : $"There is no libtorch for {Platform}, only for {string.Join(", ", Platforms)}. "
                    + "Run DiffusionLsp on one of these.");
        }

        foreach (var path in LoadOrder.Select(Find).OfType<string>())
        {
            Load(path);
        }
    }

    /// <summary>Loads one.</summary>
    /// <exception cref="TorchRuntimeException">It does not load; the message says why and what to do.</exception>
    public static void Load(string path)
    {
        try
        {
            NativeLibrary.Load(path);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            throw new TorchRuntimeException(LoadFailure.Explain(path, failure.Message), failure);
        }
    }

    /// <summary>
    /// The version of the libtorch that is loaded, by its own word (TorchSharp only knows the one it was made for);
    /// null where it does not tell.
    /// </summary>
    public static unsafe Version? LibtorchVersion()
    {
        if (Find("torch_cpu") is not { } path
            || !NativeLibrary.TryLoad(path, out var library)
            || !NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var function))
        {
            return null;
        }

        // A byte each for major, minor and patch, from the highest (PyTorch: torch/headeronly/version.h).
        var packed = ((delegate* unmanaged<ulong>)function)();
        return new Version((byte)(packed >> 56), (byte)(packed >> 48), (byte)(packed >> 40));
    }

    // An installed libtorch goes first; TorchSharp's own library comes with the program in any case.
    private static string? Find(string name) =>
        Find(name, Installed.Value is { } installed && name != "LibTorchSharp" ? [installed] : OwnFolders());

    private static string? Find(string name, IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, FileName(name))).FirstOrDefault(File.Exists);

    // The host fills the first from deps.json (runtimes/<platform>/native, or the program's folder when published).
    private static IEnumerable<string> OwnFolders() =>
        $"{AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")}"
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory);

    private static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{name}.dylib"
        : $"lib{name}.so";
}
