using System.Buffers.Binary;
using System.Text;
using CsCheck;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>The reader against every header a careless, truncating or hostile hand may write.</summary>
public sealed class SafetensorsReaderTests : IDisposable
{
    // Opening a small file, message and all, allocates far less; a header that lies may not change that.
    private const long MostAllocated = 4 << 20;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Header, number of data bytes, the field that the message must name, what it must say.</summary>
    public static TheoryData<string, int, string, string> MalformedHeaders { get; } = new()
    {
        { "", 0, "header", "does not begin with a JSON object" },
        { "[]", 0, "header", "does not begin with a JSON object" },
        { " {}", 0, "header", "does not begin with a JSON object" },
        { "{", 0, "header", "not valid JSON" },
        { "{}x", 0, "header", "not valid JSON" },
        { "{}{}", 0, "header", "not valid JSON" },
        { "{,}", 0, "header", "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}""", 4, "header", "not valid JSON" },
        { """{/**/"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "header", "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]""", 4, "header", "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1e],"data_offsets":[0,4]}}""", 4, "header", "not valid JSON" },
        { """{"a\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "header", "not valid UTF-8" },
        { """{"a":1}""", 0, "a", "not described by an object" },
        { """{"a":[]}""", 0, "a", "not described by an object" },
        { """{"a":null}""", 0, "a", "not described by an object" },
        { """{"a":{}}""", 0, "a", "has no dtype" },
        { """{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "a", "has no dtype" },
        { """{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "a", "has no shape" },
        { """{"a":{"dtype":"F32","shape":[1]}}""", 4, "a", "has no data_offsets" },
        { """{"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}}""", 4, "a", "dtype is not text" },
        { """{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "dtype 'f32' is not supported" },
        { """{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", 8, "a", "dtype 'I64' is not supported" },
        { """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "a", "is not supported" },
        { """{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "a", "shape is not a list" },
        { """{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "a", "shape holds something" },
        { """{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "a", "shape holds something" },
        { """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "a", "shape holds something" },
        { """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "a", "shape holds something" },
        { """{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""", 4, "a", "shape holds something" },
        { """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "a", "more than 8" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "a", "too large" },
        { """{"a":{"dtype":"F32","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0, "a", "too large" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "a", "too large" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "a", "needs 8 bytes, but data_offsets span 4" },
        { """{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "needs 2 bytes" },
        { """{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}""", 4, "a", "but the file has 4" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "a", "has no data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", 4, "a", "more than 2" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":{}}}""", 4, "a", "data_offsets is not a list" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "a", "end before they begin" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "a", "data_offsets holds something" },
        { """{"a":{"dtype":"F32","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", 4, "a", "outside" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "a", "end at 4, but the file has 3" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "header", "1 bytes of data belong to no tensor" },
        { "{}", 1, "header", "1 bytes of data belong to no tensor" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "gap of 4" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}""", 10, "b", "gap of 2" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "b", "overlap" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "b", "overlap" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "listed twice" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "listed twice" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "repeated field 'dtype'" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}}""", 4, "a", "unknown or repeated field 'strides'" },
        { """{"__metadata__":1}""", 0, "__metadata__", "not an object" },
        { """{"__metadata__":{"a":1}}""", 0, "__metadata__", "not text" },
        { """{"__metadata__":{"a":"1","a":"2"}}""", 0, "__metadata__", "a key twice" },
        { """{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__", "listed twice" },
    };

    /// <summary>Headers that are unusual and sound.</summary>
    public static TheoryData<string, int, string[]> SoundHeaders { get; } = new()
    {
        { "{}", 0, [] },
        { "{}      ", 0, [] },
        { """{"__metadata__":{}}""", 0, [] },
        { """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4, ["a"] },
        { """{"a":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}}""", 0, ["a"] },
        { """{"b":{"data_offsets":[4,6],"shape":[1,1],"dtype":"F16"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 6, ["a", "b"] },
        { """{"e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}}""", 6, ["a", "b", "e"] },
    };

    [Theory]
    [MemberData(nameof(MalformedHeaders))]
    public void A_malformed_header_is_refused_by_file_and_field(string header, int dataBytes, string field, string problem)
    {
        string path = Write(FileOf(header, new byte[dataBytes]));

        var refusal = Refusal(path);

        Assert.StartsWith($"{path}: {field}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [MemberData(nameof(SoundHeaders))]
    public void An_unusual_header_is_read(string header, int dataBytes, string[] names)
    {
        using var reader = SafetensorsReader.Open(Write(FileOf(header, new byte[dataBytes])));

        Assert.Equal(names, reader.Tensors.Keys.Order());
        Assert.All(names, name => Assert.Equal(reader.Tensors[name].ByteLength, reader.Bytes(name).Length));
    }

    [Theory]
    [InlineData(0UL, "does not begin with a JSON object")]
    [InlineData(1UL, "not valid JSON")]
    [InlineData(11UL, "header length: says 11 bytes; the file has 10")]
    [InlineData(100_000_001UL, "header length: says 100000001 bytes")]
    [InlineData(1UL << 40, "header length: says")]
    [InlineData(ulong.MaxValue, "header length: says 18446744073709551615 bytes")]
    [InlineData((ulong)long.MaxValue, "header length: says")]
    [InlineData(1UL << 63, "header length: says")]
    public void A_header_length_that_lies_is_refused(ulong length, string problem)
    {
        byte[] file = FileOf("{}        ", []);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);

        Assert.Contains(problem, Refusal(Write(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_above_the_limit_is_refused_though_the_file_is_long_enough()
    {
        string path = _folder.PathOf("long.safetensors");
        using (var file = File.Create(path))
        {
            file.Write(BitConverter.GetBytes(SafetensorsReader.LongestHeader + 1));
            file.SetLength(SafetensorsReader.LongestHeader + 100);
        }

        Assert.Contains("the format allows 100000000", Refusal(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_of_a_sound_file_is_refused()
    {
        byte[] whole = SmallFile();
        for (int length = 0; length < whole.Length; length++)
        {
            Refusal(Write(whole[..length]));
        }
    }

    [Fact]
    public void Mutated_files_open_or_are_refused_and_never_allocate_much()
    {
        byte[] whole = SmallFile();
        var flips = Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[0, 6];
        Gen.Select(flips, Gen.Int[0, whole.Length], Gen.Int[0, 3]).Sample(
            (changes, length, truncate) =>
            {
                byte[] file = whole.ToArray();
                foreach (var (position, value) in changes)
                {
                    file[position] = value;
                }

                string path = Write(truncate == 0 ? file[..length] : file);
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    using var reader = SafetensorsReader.Open(path);
                    foreach (string name in reader.Tensors.Keys)
                    {
                        _ = reader.Bytes(name).LastIndexOf((byte)1);
                    }
                }
                catch (CheckpointException e)
                {
                    Assert.DoesNotContain('\n', e.Message);
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
            },
            iter: 3_000,
            threads: 1);
    }

    [Fact]
    public void A_name_of_a_megabyte_is_refused_in_a_short_message()
    {
        string header = $$$"""{"{{{new string('x', 1 << 20)}}}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""";

        Assert.InRange(Refusal(Write(FileOf(header, new byte[4]))).Message.Length, 1, 500);
    }

    [Fact]
    public void A_name_cannot_write_into_the_terminal()
    {
        string header = """{"a\u001b[2J\r\nb":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}""";

        Assert.DoesNotContain(Refusal(Write(FileOf(header, new byte[1]))).Message, char.IsControl);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        Assert.Contains("cannot be read", Refusal(_folder.PathOf("none.safetensors")).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refusal(_folder.FullName).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_reader_hands_out_nothing()
    {
        var reader = SafetensorsReader.Open(Write(SmallFile()));
        reader.Dispose();
        reader.Dispose();

        Assert.Throws<ObjectDisposedException>(() => reader.Bytes("b").Length);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] SmallFile() => FileOf(
        """
        {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]},"c":{"dtype":"F16","shape":[1],"data_offsets":[22,24]}}
        """.TrimEnd(),
        [.. Enumerable.Range(0, 24).Select(i => (byte)i)]);

    private static byte[] FileOf(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. data];
    }

    private string Write(byte[] content)
    {
        string path = _folder.PathOf("test.safetensors");
        File.WriteAllBytes(path, content);
        return path;
    }

    private static CheckpointException Refusal(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(path).Dispose());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }
}
