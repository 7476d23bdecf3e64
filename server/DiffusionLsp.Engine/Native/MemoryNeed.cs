namespace DiffusionLsp.Engine.Native;

/// <summary>How much memory a model takes, counted from its shape before anything is loaded.</summary>
internal static class MemoryNeed
{
    /// <summary>What CUDA itself takes on a device, next to the model: its context and its libraries' work space.</summary>
    public const long CudaOverhead = 1L << 30;

    /// <summary>What libtorch takes in main memory, next to the model.</summary>
    public const long CpuOverhead = 128L << 20;

    // Of a span, seams and room to grow included.
    private const long MostRows = 128;

    // The logits, their copy without what is forbidden, and one more for softmax.
    private const long LogitCopies = 3;

    /// <summary>The bytes that a model takes at its peak.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="dtype">The type of its weights.</param>
    /// <param name="overhead">What the device takes beside it.</param>
    public static long Bytes(ModelShape shape, WeightDtype dtype, long overhead) =>
        (shape.Parameters * dtype.ByteSize()) + Math.Max(Loading(shape), Caches(shape, dtype) + Activations(shape, dtype)) + overhead;

    // While it is loaded, one tensor is there a second time, in the checkpoint's type at worst.
    private static long Loading(ModelShape shape) =>
        sizeof(float) * Math.Max((long)shape.Vocabulary, shape.IntermediateSize) * shape.HiddenSize;

    private static long Caches(ModelShape shape, WeightDtype dtype) =>
        2L * shape.Layers * shape.Context * shape.KeyWidth * dtype.Computed().ElementBytes();

    /// <summary>
    /// Of one layer, since the next one takes its place: the residual stream and what it is normalised to in fp32, the
    /// products of the feed-forward layer, the scores and their softmax where attention makes all of them at once, and the logits.
    /// </summary>
    private static long Activations(ModelShape shape, WeightDtype dtype)
    {
        long size = dtype.Computed().ElementBytes();
        long stream = shape.Context * (long)shape.HiddenSize * ((4 * size) + sizeof(float));
        long products = 4 * shape.Context * (long)shape.IntermediateSize * size;
        long scores = 2L * shape.Heads * shape.Context * shape.Context * size;
        long logits = LogitCopies * Math.Min(MostRows, shape.Context) * shape.Vocabulary * sizeof(float);
        return Math.Max(stream + Math.Max(products, scores), logits);
    }

    private static int ElementBytes(this TorchSharp.torch.ScalarType type) =>
        type == TorchSharp.torch.ScalarType.Float32 ? 4 : 2;
}
