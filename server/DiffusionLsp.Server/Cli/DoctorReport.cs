using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Server.Cli;

/// <summary>How bad a finding is.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Worth knowing; everything works without it.</summary>
    [JsonStringEnumMemberName("note")]
    Note,

    /// <summary>Something does not work; the text says what to do.</summary>
    [JsonStringEnumMemberName("problem")]
    Problem,
}

/// <summary>One line of the doctor's report.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Subject">What was looked at, e.g. <c>libtorch</c>.</param>
/// <param name="Text">What was found and, where something is wrong, what to do.</param>
internal sealed record Finding(Severity Severity, string Subject, string Text);

/// <summary>What the doctor found. It judges what it is given and looks at nothing by itself.</summary>
/// <param name="Usable">Whether infills are possible: libtorch loads, and there is a sound model.</param>
/// <param name="Findings">Everything looked at, in the order of the report.</param>
internal sealed record DoctorReport(bool Usable, IReadOnlyList<Finding> Findings)
{
    private const long Gibibyte = 1L << 30;

    /// <summary>Judges a machine and its models.</summary>
    /// <param name="runtime">What the engine says of the machine.</param>
    /// <param name="models">The installed models, each with its verdict.</param>
    /// <param name="searchPath">Where models were looked for.</param>
    /// <param name="defaultModel">The model that is loaded when none is named.</param>
    public static DoctorReport Of(
        RuntimeReport runtime, IReadOnlyList<CheckpointStatus> models, IReadOnlyList<string> searchPath, string defaultModel)
    {
        bool usable = runtime.LoadProblem is null && models.Any(model => model.IsUsable);
        return new DoctorReport(
            usable,
            [DotNet(), Libtorch(runtime), Cpu(runtime), .. Cuda(runtime), .. Models(models, searchPath, defaultModel)]);
    }

    private static Finding DotNet() => new(
        Severity.Ok,
        "runtime",
        $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.OSDescription}");

    private static Finding Libtorch(RuntimeReport runtime) => runtime.LoadProblem is { } problem
        ? new Finding(Severity.Problem, "libtorch", problem)
        : new Finding(
            Severity.Ok,
            "libtorch",
            $"{runtime.LibtorchVersion} ({runtime.TorchRuntime} build) with TorchSharp {runtime.TorchSharpVersion}, {runtime.LibraryPath}");

    private static Finding Cpu(RuntimeReport runtime)
    {
        string features = runtime.ProcessorFeatures.Count > 0 ? $" ({string.Join(", ", runtime.ProcessorFeatures)})" : "";
        return new Finding(
            Severity.Ok,
            "cpu",
            $"{runtime.Threads} threads on {runtime.LogicalProcessors} processors, {runtime.CpuDtype}{features}; "
            + $"{Size(runtime.AvailableMemoryBytes)} of {Size(runtime.TotalMemoryBytes)} memory free");
    }

    private static IEnumerable<Finding> Cuda(RuntimeReport runtime)
    {
        foreach (var device in runtime.CudaDevices)
        {
            string free = device.FreeBytes is { } bytes ? $"{Size(bytes)} of {Size(device.TotalBytes)}" : Size(device.TotalBytes);
            yield return new Finding(
                runtime.CudaProblem is null ? Severity.Ok : Severity.Note,
                $"cuda:{device.Index}",
                $"{device.Name}, compute capability {device.ComputeCapability}, {free} memory free");
        }

        // Without a GPU and without the build for one there is nothing to mend.
        bool isWanted = runtime.CudaDevices.Count > 0 || runtime.TorchRuntime == "cuda";
        if (runtime.CudaProblem is { } problem && isWanted && runtime.LoadProblem is null)
        {
            yield return new Finding(Severity.Problem, "cuda", $"not used: {problem}");
        }
        else if (!isWanted)
        {
            yield return new Finding(Severity.Note, "cuda", "no device and a CPU build: models run on the CPU");
        }
    }

    private static IEnumerable<Finding> Models(
        IReadOnlyList<CheckpointStatus> models, IReadOnlyList<string> searchPath, string defaultModel)
    {
        foreach (var model in models)
        {
            yield return new Finding(
                model.IsUsable ? Severity.Ok : Severity.Problem,
                $"model {model.Name}",
                model.IsUsable ? $"{model.Detail}, {model.Folder}" : model.Detail);
        }

        if (models.All(model => model.Name != defaultModel))
        {
            yield return new Finding(
                Severity.Problem,
                $"model {defaultModel}",
                $"the default model is not in {string.Join(", ", searchPath)}: name another with --model, or set "
                + $"{ModelFolder.Variable} to the folder it is in");
        }
    }

    private static string Size(long bytes) => $"{(double)bytes / Gibibyte:0.0} GiB";
}
