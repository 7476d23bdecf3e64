using System.Reflection;
using TorchSharp;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// Tells TorchSharp that its native libraries are loaded. It would look for them by name, which .NET resolves to those beside
/// the program: a second libtorch in one process, of another kind than the installed one. It has no way of its own to be
/// told (dotnet/TorchSharp: src/TorchSharp/Torch.cs, LoadNativeBackend), so the two fields in which it notes it are set.
/// </summary>
internal static class TorchSharpBackend
{
    private static readonly string[] Notes = ["nativeBackendLoaded", "nativeBackendCudaLoaded"];

    /// <summary>Notes it.</summary>
    /// <exception cref="TorchRuntimeException">This TorchSharp notes it otherwise.</exception>
    public static void MarkLoaded()
    {
        foreach (var name in Notes)
        {
            var note = typeof(torch).GetField(name, BindingFlags.NonPublic | BindingFlags.Static);
            if (note?.FieldType != typeof(bool))
            {
                throw new TorchRuntimeException(
                    "This version of TorchSharp cannot use an installed runtime: remove it with `diffusionlsp runtime remove cuda`.");
            }

            note.SetValue(null, true);
        }
    }
}
