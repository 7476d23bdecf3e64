using System.Runtime.CompilerServices;
using DiffusionLsp.Engine.Native;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>Tests that use TorchSharp directly get the product's settings too, whichever runs first.</summary>
internal static class LibtorchSettings
{
    [ModuleInitializer]
    internal static void Apply() => OpenMpThreads.SleepWhileWaiting();
}
