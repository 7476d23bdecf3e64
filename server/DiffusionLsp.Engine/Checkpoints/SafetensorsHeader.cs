using System.Text.Json;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// The header of a safetensors file, held to the letter of the format (huggingface/safetensors, README.md, "Format"):
/// no name twice, every tensor's byte range as long as its shape says, the ranges covering the data without gap or
/// overlap. Stricter than the format in one point, what the engine cannot use is refused: other element types,
/// more than eight dimensions, names of more than 1,024 bytes. It never looks at the data.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const string MetadataName = "__metadata__";
    private const int LongestName = 1024;
    private const int MostDimensions = 8;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _metadata;

    private SafetensorsHeader(string path, long dataStart)
    {
        _path = path;
        _dataStart = dataStart;
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    /// <summary>The header's free texts; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        _metadata ?? (IReadOnlyDictionary<string, string>)System.Collections.Frozen.FrozenDictionary<string, string>.Empty;

    /// <summary>Reads a header.</summary>
    /// <param name="path">The file's path, for messages.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataStart">Where the data begins in the file.</param>
    /// <param name="dataLength">How many bytes of data the file really has.</param>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataStart, long dataLength)
    {
        var header = new SafetensorsHeader(path, dataStart);
        try
        {
            header.Read(json);
        }
        catch (JsonException e)
        {
            throw CheckpointFault.In(path, "header", $"is not valid JSON ({CheckpointFault.Shown(e.Message)}). {Remedy}");
        }

        header.RequireFullCover(dataLength);
        return header;
    }

    /// <summary>What a user can do about a broken file.</summary>
    public const string Remedy = "The file is damaged or incomplete: download it again.";

    private void Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw CheckpointFault.In(_path, "header", $"does not begin with a JSON object. {Remedy}");
        }

        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(ref reader, "header");
            reader.Read();
            if (name == MetadataName)
            {
                ReadMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)))
            {
                throw CheckpointFault.In(_path, name, $"is listed twice. {Remedy}");
            }
        }

        // One more read makes the reader complain about anything but spaces behind the object.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_metadata is not null)
        {
            throw CheckpointFault.In(_path, MetadataName, $"is listed twice. {Remedy}");
        }

        _metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Require(reader.TokenType == JsonTokenType.StartObject, MetadataName, "is not an object of texts");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(ref reader, MetadataName);
            reader.Read();
            Require(reader.TokenType == JsonTokenType.String, MetadataName, "holds something that is not text");
            Require(_metadata.TryAdd(key, Text(ref reader, MetadataName)), MetadataName, "holds a key twice");
        }
    }

    private TensorEntry ReadTensor(ref Utf8JsonReader reader, string name)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, name, "is not described by an object");
        TensorDtype? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = Text(ref reader, name);
            reader.Read();
            switch (field)
            {
                case "dtype" when dtype is null:
                    dtype = ReadDtype(ref reader, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, "shape", MostDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, "data_offsets", 2);
                    break;
                default:
                    throw CheckpointFault.In(
                        _path, name, $"has an unknown or repeated field '{CheckpointFault.Shown(field)}'. {Remedy}");
            }
        }

        Require(dtype is not null, name, "has no dtype");
        Require(shape is not null, name, "has no shape");
        Require(offsets is { Length: 2 }, name, "has no data_offsets of two numbers");
        return Checked(name, dtype!.Value, shape!, offsets![0], offsets[1]);
    }

    private TensorEntry Checked(string name, TensorDtype dtype, long[] shape, long begin, long end)
    {
        Require(begin <= end, name, $"data_offsets end before they begin ({begin} > {end})");
        Require(end <= long.MaxValue - _dataStart, name, "data_offsets lie outside the file");
        long needed = dtype.ByteSize();
        try
        {
            foreach (long dimension in shape)
            {
                needed = checked(needed * dimension);
            }
        }
        catch (OverflowException)
        {
            throw CheckpointFault.In(_path, name, $"shape [{string.Join(", ", shape)}] is too large. {Remedy}");
        }

        Require(
            end - begin == needed,
            name,
            $"shape [{string.Join(", ", shape)}] of {dtype} needs {needed} bytes, but data_offsets span {end - begin}");
        return new TensorEntry(name, dtype, shape, _dataStart + begin, needed);
    }

    private TensorDtype ReadDtype(ref Utf8JsonReader reader, string name)
    {
        Require(reader.TokenType == JsonTokenType.String, name, "dtype is not text");
        string text = Text(ref reader, name);
        return text switch
        {
            "F32" => TensorDtype.F32,
            "F16" => TensorDtype.F16,
            "BF16" => TensorDtype.BF16,
            _ => throw CheckpointFault.In(
                _path,
                name,
                $"dtype '{CheckpointFault.Shown(text)}' is not supported (F32, F16 and BF16 are): "
                + "use a checkpoint that is not quantised."),
        };
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        Require(reader.TokenType == JsonTokenType.StartArray, name, $"{field} is not a list of numbers");
        Span<long> numbers = stackalloc long[MostDimensions];
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(count < most, name, $"{field} has more than {most} numbers");
            long number = 0;
            Require(
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out number) && number >= 0,
                name,
                $"{field} holds something that is not a whole number from 0 to {long.MaxValue}");
            numbers[count++] = number;
        }

        return numbers[..count].ToArray();
    }

    private void RequireFullCover(long dataLength)
    {
        long covered = _dataStart;
        foreach (var tensor in _tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength))
        {
            Require(tensor.Offset >= covered, tensor.Name, "data_offsets overlap those of another tensor");
            Require(tensor.Offset == covered, tensor.Name, $"data_offsets leave a gap of {tensor.Offset - covered} bytes");
            covered += tensor.ByteLength;
            Require(
                covered - _dataStart <= dataLength,
                tensor.Name,
                $"data_offsets end at {covered - _dataStart}, but the file has {dataLength} bytes of data");
        }

        long rest = dataLength - (covered - _dataStart);
        if (rest > 0)
        {
            throw CheckpointFault.In(_path, "header", $"{rest} bytes of data belong to no tensor. {Remedy}");
        }
    }

    private string Text(ref Utf8JsonReader reader, string field)
    {
        Require(reader.ValueSpan.Length <= LongestName || field == MetadataName, field, "holds an overlong name");
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw CheckpointFault.In(_path, field, $"holds text that is not valid UTF-8 or UTF-16. {Remedy}");
        }
    }

    private void Require(bool holds, string field, string problem)
    {
        if (!holds)
        {
            throw CheckpointFault.In(_path, field, $"{problem}. {Remedy}");
        }
    }
}
