using DiffusionLsp.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>Named fp32 tensors in a safetensors file: a run's master weights and its optimizer's state.</summary>
internal static class TensorFile
{
    /// <summary>Writes the tensors in fp32, whole or not at all.</summary>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors) =>
        SafetensorsWriter.Write(
            path, tensors.Select(entry => Checkpoint.ContentOf(entry.Name, entry.Value, TensorDtype.F32)));

    /// <summary>Fills the tensors, which are fp32 on the CPU, from a file of the same names and shapes.</summary>
    public static void Read(string path, IEnumerable<(string Name, Tensor Value)> into)
    {
        using var reader = SafetensorsReader.Open(path);
        foreach (var (name, tensor) in into)
        {
            if (!reader.Tensors.TryGetValue(name, out var entry)
                || entry.Dtype != TensorDtype.F32 || !entry.Shape.SequenceEqual(tensor.shape))
            {
                throw new InvalidDataException(
                    $"{path} lacks {name} in fp32 with shape [{string.Join(", ", tensor.shape)}]; the run was begun with "
                    + "another network: start in a new folder.");
            }

            reader.Bytes(name).CopyTo(tensor.bytes);
        }
    }

    /// <summary>Fills a tensor, which is fp32 on the CPU, from one of any element type and the same shape.</summary>
    public static void Copy(SafetensorsReader reader, string name, Tensor into)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var entry = reader.Entry(name);
        var stored = empty([.. entry.Shape], Checkpoint.TypeOf(entry.Dtype), CPU);
        reader.Bytes(name).CopyTo(stored.bytes);
        into.copy_(stored);
    }
}
