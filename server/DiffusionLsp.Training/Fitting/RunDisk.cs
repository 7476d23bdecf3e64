using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>What a run asks of the disk when it writes a checkpoint; a test puts a failing disk in its place.</summary>
internal sealed record RunDisk
{
    /// <summary>Writes a file of tensors.</summary>
    public Action<string, IEnumerable<(string Name, Tensor Value)>> Write { get; init; } = TensorFile.Write;

    /// <summary>Gives a folder its name.</summary>
    public Action<string, string> Rename { get; init; } = Directory.Move;

    /// <summary>The bytes that are free where a folder lies.</summary>
    public Func<string, long> FreeBytes { get; init; } = folder => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
}
