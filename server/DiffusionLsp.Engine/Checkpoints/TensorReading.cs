using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using DiffusionLsp.Engine.Native;
using TorchSharp;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// Reads a tensor from its file straight into memory that is there already: no second copy, and no map whose pages would
/// count beside the weights. Several threads read; where a CPU wants bf16 as fp32 each widens what it has read while that is
/// still in its cache. Other types and devices take a portion at a time by way of a tensor of the file's type.
/// </summary>
internal static class TensorReading
{
    private const int SliceElements = 1 << 18;
    private const int WidenedElements = 1 << 16;

    // A span holds 2 GiB at most.
    private const long DirectElements = 1 << 28;
    private const long StagedElements = 1 << 22;

    /// <summary>Fills the target, in its own type and on its own device, with a tensor of as many elements.</summary>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    public static void Into(torch.Tensor target, SafetensorsReader file, string name)
    {
        var source = new Source(file, file.Entry(name));
        if (source.Entry.ElementCount == 0)
        {
            return;
        }

        using var flat = target.view(-1);
        bool isCpu = target.device.type == DeviceType.CPU;
        if (isCpu && target.dtype == Checkpoint.TypeOf(source.Entry.Dtype))
        {
            InPortions(flat, DirectElements, (part, from) => Read(part, source, from));
        }
        else if (isCpu && source.Entry.Dtype == TensorDtype.BF16 && target.dtype == torch.float32)
        {
            InPortions(flat, DirectElements, (part, from) => Widen(part, source, from));
        }
        else
        {
            InPortions(flat, StagedElements, (part, from) => Convert(part, source, from));
        }
    }

    private static void InPortions(torch.Tensor flat, long portion, Action<torch.Tensor, long> fill)
    {
        for (long from = 0; from < flat.NumberOfElements; from += portion)
        {
            using var part = flat.narrow(0, from, Math.Min(portion, flat.NumberOfElements - from));
            HugePages.AskFor(part);
            fill(part, from);
        }
    }

    private static void Read(torch.Tensor into, Source source, long from) =>
        InSlices(into, (slice, at) => source.Read(from + at, slice));

    private static void Widen(torch.Tensor into, Source source, long from) =>
        InSlices(into, (slice, at) =>
        {
            var wide = MemoryMarshal.Cast<byte, float>(slice);
            byte[] narrow = ArrayPool<byte>.Shared.Rent(WidenedElements * sizeof(ushort));
            try
            {
                for (int done = 0; done < wide.Length; done += WidenedElements)
                {
                    int count = Math.Min(WidenedElements, wide.Length - done);
                    var read = narrow.AsSpan(0, count * sizeof(ushort));
                    source.Read(from + at + done, read);
                    Widen(MemoryMarshal.Cast<byte, ushort>(read), wide.Slice(done, count));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(narrow);
            }
        });

    // bf16 is the upper half of fp32. Loading is over before a method would be compiled a second time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(ReadOnlySpan<ushort> narrow, Span<float> wide)
    {
        var bits = MemoryMarshal.Cast<float, uint>(wide);
        int at = 0;
        for (; at + Vector<ushort>.Count <= narrow.Length; at += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(narrow[at..]), out var lower, out var upper);
            (lower << 16).CopyTo(bits[at..]);
            (upper << 16).CopyTo(bits[(at + Vector<uint>.Count)..]);
        }

        for (; at < narrow.Length; at++)
        {
            bits[at] = (uint)narrow[at] << 16;
        }
    }

    private static void Convert(torch.Tensor into, Source source, long from)
    {
        using var stored = torch.empty(into.NumberOfElements, Checkpoint.TypeOf(source.Entry.Dtype), torch.CPU);
        Read(stored, source, from);

        // It returns the tensor itself.
        _ = into.copy_(stored);
    }

    private delegate void FillSlice(Span<byte> slice, long firstElement);

    private static unsafe void InSlices(torch.Tensor tensor, FillSlice fill)
    {
        var bytes = tensor.bytes;
        int sliceBytes = checked((int)(SliceElements * tensor.ElementSize));
        fixed (byte* fixedStart = bytes)
        {
            byte* start = fixedStart;
            int length = bytes.Length;
            InParallel((length + sliceBytes - 1) / sliceBytes, slice =>
            {
                int at = slice * sliceBytes;
                fill(new Span<byte>(start + at, Math.Min(sliceBytes, length - at)), (long)slice * SliceElements);
            });
        }
    }

    private static void InParallel(int slices, Action<int> fill)
    {
        if (slices == 1)
        {
            fill(0);
            return;
        }

        try
        {
            _ = Parallel.For(0, slices, fill);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    /// <summary>A tensor in its file.</summary>
    private sealed record Source(SafetensorsReader File, TensorEntry Entry)
    {
        /// <summary>Reads elements as they are stored, from one of them on.</summary>
        public void Read(long firstElement, Span<byte> into) =>
            File.Read(Entry.Offset + (firstElement * Entry.Dtype.ByteSize()), into);
    }
}
