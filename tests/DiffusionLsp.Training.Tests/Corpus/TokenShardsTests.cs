using System.Buffers.Binary;
using CsCheck;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tests.Corpus;

public sealed class TokenShardsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("shards-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Documents_come_back_as_they_went_in()
    {
        var number = 0;
        Gen.Int[0, 65535].Array[0, 40].Array[0, 20].Sample(
            documents =>
            {
                var part = $"part{Interlocked.Increment(ref number)}";
                Write(part, documents);
                using var shards = TokenShards.Open(_folder, part);
                Assert.Equal(documents.Length, shards.DocumentCount);
                Assert.Equal(documents.Sum(document => (long)document.Length), shards.TokenCount);
                for (var i = 0; i < documents.Length; i++)
                {
                    Assert.Equal(documents[i], shards.Document(i).ToArray().Select(id => (int)id));
                    Assert.Equal(i + 3, shards.PackageOf(i));
                }
            },
            iter: 50,
            threads: 1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void An_id_beyond_16_bits_is_refused(int id)
    {
        using var writer = new ShardWriter(_folder, "part");
        var exception = Assert.Throws<CorpusException>(() => writer.Append([1, id], 0));
        Assert.Contains("smaller vocabulary", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, Action<string>> Damages => new()
    {
        { "part.bin", "tokens cut short", path => Resize(path, -2) },
        { "part.bin", "tokens cut amid an id", path => Resize(path, -1) },
        { "part.bin", "tokens too many", path => Resize(path, 2) },
        { "part.bin", "tokens gone", File.Delete },
        { "part.idx", "index cut short", path => Resize(path, -1) },
        { "part.idx", "index too long", path => Resize(path, 8) },
        { "part.idx", "index empty", path => File.WriteAllBytes(path, []) },
        { "part.idx", "index gone", File.Delete },
        { "part.idx", "another magic", path => Overwrite(path, 0, 42) },
        { "part.idx", "a count below zero", path => Overwrite(path, 8, -1) },
        { "part.idx", "a count beyond all bounds", path => Overwrite(path, 8, long.MaxValue) },
        { "part.idx", "a first offset above zero", path => Overwrite(path, 16, 1) },
        { "part.idx", "offsets that go back", path => Overwrite(path, 24, 100) },
        { "part.idx", "a document too long", path => Overwrite(path, 24, 1L << 40) },
        { "part.idx", "a package below zero", path => Overwrite(path, 40, -1) },
    };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public void A_damaged_file_is_named(string file, string what, Action<string> damage)
    {
        Write("part", [[1, 2, 3], [4, 5]]);
        damage(Path.Combine(_folder, file));
        var exception = Assert.Throws<InvalidDataException>(() => TokenShards.Open(_folder, "part").Dispose());
        Assert.True(exception.Message.Contains(file, StringComparison.Ordinal), $"{what}: {exception.Message}");
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void A_document_that_is_not_there_is_refused(int index)
    {
        Write("part", [[1, 2, 3], [4, 5]]);
        using var shards = TokenShards.Open(_folder, "part");
        Assert.Throws<ArgumentOutOfRangeException>(() => shards.Document(index).Length);
    }

    [Fact]
    public void Closed_shards_are_refused()
    {
        Write("part", [[1]]);
        var shards = TokenShards.Open(_folder, "part");
        shards.Dispose();
        shards.Dispose();
        Assert.Throws<ObjectDisposedException>(() => shards.Document(0).Length);
    }

    private void Write(string part, int[][] documents)
    {
        using var writer = new ShardWriter(_folder, part);
        for (var i = 0; i < documents.Length; i++)
        {
            writer.Append(documents[i], i + 3);
        }

        writer.Complete();
    }

    private static void Resize(string path, int by)
    {
        using var stream = File.OpenWrite(path);
        stream.SetLength(stream.Length + by);
    }

    private static void Overwrite(string path, int at, long value)
    {
        var bytes = File.ReadAllBytes(path);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), value);
        File.WriteAllBytes(path, bytes);
    }
}
