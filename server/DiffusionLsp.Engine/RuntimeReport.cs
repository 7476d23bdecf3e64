namespace DiffusionLsp.Engine;

/// <summary>What this machine and this build offer to the engine, as <see cref="TorchRuntime.Inspect"/> found it.</summary>
public sealed record RuntimeReport
{
    /// <summary>The version of the TorchSharp package.</summary>
    public required string TorchSharpVersion { get; init; }

    /// <summary>The version of libtorch; null where it does not load.</summary>
    public required string? LibtorchVersion { get; init; }

    /// <summary>Where TorchSharp's native library lies; null where the build carries none for this platform.</summary>
    public required string? LibraryPath { get; init; }

    /// <summary>Where the libtorch lies that is used: what the build carries, or what was installed beside it; null where there is none.</summary>
    public string? LibtorchFolder { get; init; }

    /// <summary>Why libtorch does not load and what to do, on one line; null where it does.</summary>
    public required string? LoadProblem { get; init; }

    /// <summary>The threads that libtorch computes with; 0 where it does not load.</summary>
    public required int Threads { get; init; }

    /// <summary>The processors that the system gives to this process.</summary>
    public required int LogicalProcessors { get; init; }

    /// <summary>The instruction sets that matter here and that this processor has, by their Linux names.</summary>
    public required IReadOnlyList<string> ProcessorFeatures { get; init; }

    /// <summary>What <c>auto</c> means for the dtype on the CPU: <c>bf16</c> or <c>fp32</c>.</summary>
    public required string CpuDtype { get; init; }

    /// <summary>The kind of the libtorch that is used: <c>cpu</c> or <c>cuda</c>.</summary>
    public required string TorchRuntime { get; init; }

    /// <summary>Why CUDA cannot be used here and what to do, on one line; null where it can.</summary>
    public required string? CudaProblem { get; init; }

    /// <summary>The CUDA devices that the driver shows, whether or not this build can use them.</summary>
    public required IReadOnlyList<CudaDeviceReport> CudaDevices { get; init; }

    /// <summary>The newest version of CUDA that NVIDIA's driver knows; null where there is no driver.</summary>
    public Version? CudaDriverVersion { get; init; }

    /// <summary>The memory that the system, or the container's limit, gives.</summary>
    public required long TotalMemoryBytes { get; init; }

    /// <summary>How much of it is not in use.</summary>
    public required long AvailableMemoryBytes { get; init; }
}

/// <summary>One CUDA device as the driver shows it.</summary>
/// <param name="Index">The N of <c>cuda:N</c>.</param>
/// <param name="Name">The product's name.</param>
/// <param name="ComputeCapability">Its generation, for example 8.6.</param>
/// <param name="TotalBytes">Its memory.</param>
/// <param name="FreeBytes">The part of it that nobody uses; null where the driver does not tell.</param>
public sealed record CudaDeviceReport(
    int Index, string Name, Version ComputeCapability, long TotalBytes, long? FreeBytes);
