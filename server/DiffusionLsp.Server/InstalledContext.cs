using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server;

/// <summary>
/// Where the program runs that uses an installed libtorch. TorchSharp loads its native libraries by name, and .NET finds those
/// beside the program first: a second libtorch in one process, which ends it. Only a load context of its own may answer
/// instead, so the program, the engine and TorchSharp are loaded once more into this one, and its entry point is run there.
/// Without an installed runtime nothing of this happens.
/// </summary>
internal sealed class InstalledContext : AssemblyLoadContext
{
    private static readonly string[] _ours = ["diffusionlsp", "DiffusionLsp.Engine", "TorchSharp"];

    private readonly string _runtime;

    private InstalledContext(string runtime)
        : base("installed runtime") => _runtime = runtime;

    /// <summary>Runs the program with an installed libtorch, where there is one and this is not that run already.</summary>
    /// <returns>Its exit code; null where it is to run here.</returns>
    public static int? TryRun(string[] arguments)
    {
        Assembly program = typeof(InstalledContext).Assembly;
        return GetLoadContext(program) == Default && program.Location.Length > 0
            && InstalledRuntime.IsAny && InstalledRuntime.Find() is { } runtime
            ? (int)new InstalledContext(runtime).LoadFromAssemblyPath(program.Location).EntryPoint!.Invoke(
                null, BindingFlags.DoNotWrapExceptions, binder: null, [arguments], culture: null)!
            : null;
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) => _ours.Contains(assemblyName.Name)
        ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll"))
        : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string file = OperatingSystem.IsWindows() ? $"{unmanagedDllName}.dll" : $"lib{unmanagedDllName}.so";
        string path = Path.Combine(_runtime, unmanagedDllName.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? unmanagedDllName : file);
        return File.Exists(path) ? NativeLibrary.Load(path) : 0;
    }
}
