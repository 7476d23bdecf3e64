using System.Runtime.ExceptionServices;
using TorchSharp;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// Reads a tensor from its file straight into memory that is there already: no second copy, and no map whose pages would
/// count beside the weights. Where the types agree the bytes are read by several threads, else they are converted a portion
/// at a time.
/// </summary>
internal static class TensorReading
{
    private const int SliceBytes = 4 << 20;
    private const long PortionElements = 4 << 20;

    /// <summary>Fills the target, in its own type and on its own device, with a tensor of as many elements.</summary>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    public static void Into(torch.Tensor target, SafetensorsReader file, string name)
    {
        var entry = file.Entry(name);
        if (entry.ByteLength == 0)
        {
            return;
        }

        using var flat = target.view(-1);
        bool isSame = target.dtype == Checkpoint.TypeOf(entry.Dtype) && target.device.type == DeviceType.CPU;
        for (long from = 0; from < entry.ElementCount; from += PortionElements)
        {
            long count = Math.Min(PortionElements, entry.ElementCount - from);
            using var part = flat.narrow(0, from, count);
            if (isSame)
            {
                Read(part, file, entry, from);
                continue;
            }

            using var stored = torch.empty(count, Checkpoint.TypeOf(entry.Dtype), torch.CPU);
            Read(stored, file, entry, from);

            // It returns the part itself.
            _ = part.copy_(stored);
        }
    }

    private static unsafe void Read(torch.Tensor into, SafetensorsReader file, TensorEntry entry, long from)
    {
        var bytes = into.bytes;
        long offset = entry.Offset + (from * entry.Dtype.ByteSize());
        fixed (byte* fixedStart = bytes)
        {
            byte* start = fixedStart;
            int length = bytes.Length;
            int slices = (length + SliceBytes - 1) / SliceBytes;
            InParallel(slices, slice =>
            {
                int at = slice * SliceBytes;
                file.Read(offset + at, new Span<byte>(start + at, Math.Min(SliceBytes, length - at)));
            });
        }
    }

    private static void InParallel(int slices, Action<int> read)
    {
        if (slices == 1)
        {
            read(0);
            return;
        }

        try
        {
            _ = Parallel.For(0, slices, read);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }
}
