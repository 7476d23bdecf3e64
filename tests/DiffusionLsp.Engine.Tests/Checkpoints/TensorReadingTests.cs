using System.Runtime.InteropServices;
using DiffusionLsp.Engine.Checkpoints;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>Weights are what libtorch's own conversion makes of the file's, bit for bit, whatever their number.</summary>
public sealed class TensorReadingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TensorReadingTests() => TorchRuntime.EnsureLoaded();

    /// <summary>Lengths at the borders of vectors, of what is widened at once, and of a slice.</summary>
    [Theory]
    [InlineData(nameof(TensorDtype.BF16), 1)]
    [InlineData(nameof(TensorDtype.BF16), 31)]
    [InlineData(nameof(TensorDtype.BF16), 65_535)]
    [InlineData(nameof(TensorDtype.BF16), 65_537)]
    [InlineData(nameof(TensorDtype.BF16), (1 << 18) + 65_539)]
    [InlineData(nameof(TensorDtype.F16), (1 << 22) + 3)]
    [InlineData(nameof(TensorDtype.F32), (1 << 18) + 5)]
    public void Fp32_weights_are_those_of_the_conversion(string type, int count)
    {
        var dtype = Enum.Parse<TensorDtype>(type);
        byte[] stored = Patterns(count * dtype.ByteSize());
        string path = _folder.PathOf("weights.safetensors");
        SafetensorsWriter.Write(path, [new TensorContent("w", dtype, [count], stored)]);
        using var scope = torch.NewDisposeScope();
        var narrow = torch.empty([count], Checkpoint.TypeOf(dtype));
        stored.CopyTo(narrow.bytes);
        var loaded = torch.full([count], -1f);

        using var file = SafetensorsReader.Open(path);
        TensorReading.Into(loaded, file, "w");

        var expected = MemoryMarshal.Cast<byte, uint>(narrow.to_type(torch.float32).bytes);
        Assert.True(expected.SequenceEqual(MemoryMarshal.Cast<byte, uint>(loaded.bytes)));
    }

    public void Dispose() => _folder.Dispose();

    // Every sixteen bits there are, no numbers and infinities among them.
    private static byte[] Patterns(int length)
    {
        byte[] patterns = new byte[length];
        for (int at = 0; at < length; at++)
        {
            patterns[at] = (byte)(at % 2 == 0 ? at / 2 : at / 512);
        }

        return patterns;
    }
}
