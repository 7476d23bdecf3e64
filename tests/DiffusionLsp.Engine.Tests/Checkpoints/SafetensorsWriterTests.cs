using CsCheck;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>What the writer writes, the reader reads; and the file is there whole or not at all.</summary>
public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.PathOf("written.safetensors");

    [Fact]
    public void Tensors_of_every_type_come_back_as_they_were()
    {
        var name = Gen.OneOf(Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.Const("été \"q\" \\ 水 𝒳"));
        var tensor = Gen.Select(name, Gen.Enum<TensorDtype>(), Gen.Long[0, 4].Array[0, 4], Gen.Int);
        tensor.Array[0, 8].Sample(
            given =>
            {
                var contents = given.DistinctBy(t => t.Item1).Select(Content).ToList();
                SafetensorsWriter.Write(FilePath, contents.Select(c => c.Tensor));

                using var reader = SafetensorsReader.Open(FilePath);
                Assert.Equal(contents.Select(c => c.Tensor.Name).Order(), reader.Tensors.Keys.Order());
                foreach (var (written, bytes) in contents)
                {
                    var entry = reader.Entry(written.Name);
                    Assert.Equal(written.Dtype, entry.Dtype);
                    Assert.Equal(written.Shape, entry.Shape);
                    Assert.Equal(0, entry.Offset % entry.Dtype.ByteSize());
                    Assert.Equal(bytes, reader.Bytes(written.Name).ToArray());
                }
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void The_order_of_the_tensors_does_not_matter()
    {
        TensorContent[] tensors =
        [
            new("b", TensorDtype.BF16, [1], new byte[] { 1, 2 }),
            new("a", TensorDtype.F32, [1], new byte[] { 3, 4, 5, 6 }),
            new("c", TensorDtype.F16, [], new byte[] { 7, 8 }),
        ];
        SafetensorsWriter.Write(FilePath, tensors, new Dictionary<string, string> { ["y"] = "1", ["x"] = "2" });
        byte[] first = File.ReadAllBytes(FilePath);
        SafetensorsWriter.Write(
            FilePath, tensors.Reverse(), new Dictionary<string, string> { ["x"] = "2", ["y"] = "1" });

        Assert.Equal(first, File.ReadAllBytes(FilePath));
        using var reader = SafetensorsReader.Open(FilePath);
        Assert.Equal("2", reader.Metadata["x"]);
        Assert.Equal(0, reader.Tensors.Values.Min(t => t.Offset) % 8);
    }

    [Fact]
    public void A_failed_write_leaves_the_older_file_and_nothing_else()
    {
        SafetensorsWriter.Write(FilePath, [new TensorContent("a", TensorDtype.F16, [1], new byte[] { 1, 2 })]);
        byte[] older = File.ReadAllBytes(FilePath);

        Assert.Throws<InvalidOperationException>(() =>
            SafetensorsWriter.Write(FilePath, [new TensorContent("a", TensorDtype.F16, [2], new byte[] { 1, 2 })]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(
            FilePath,
            [
                new TensorContent("a", TensorDtype.F16, [1], new byte[] { 1, 2 }),
                new TensorContent("a", TensorDtype.F16, [1], new byte[] { 1, 2 }),
            ]));

        Assert.Equal(older, File.ReadAllBytes(FilePath));
        Assert.Single(Directory.EnumerateFiles(_folder.FullName));
    }

    public void Dispose() => _folder.Dispose();

    private static (TensorContent Tensor, byte[] Bytes) Content((string Name, TensorDtype Dtype, long[] Shape, int Seed) given)
    {
        byte[] bytes = new byte[given.Dtype.ByteSize() * given.Shape.Aggregate(1L, (count, d) => count * d)];
        new Random(given.Seed).NextBytes(bytes);
        return (new TensorContent(given.Name, given.Dtype, given.Shape, bytes), bytes);
    }
}
