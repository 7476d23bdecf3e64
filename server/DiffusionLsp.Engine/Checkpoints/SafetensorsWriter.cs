using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Dtype">The type of its elements.</param>
/// <param name="Shape">Its dimensions; none for a scalar.</param>
/// <param name="WriteBytes">Writes exactly its bytes, little-endian and row by row, to the stream it is given.</param>
internal sealed record TensorContent(
    string Name, TensorDtype Dtype, IReadOnlyList<long> Shape, Action<Stream> WriteBytes)
{
    /// <summary>A tensor whose bytes are at hand.</summary>
    public TensorContent(string name, TensorDtype dtype, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes)
        : this(name, dtype, shape, stream => stream.Write(bytes.Span))
    {
    }

    /// <summary>The number of bytes that dtype and shape ask for.</summary>
    public long ByteLength => Shape.Aggregate((long)Dtype.ByteSize(), (bytes, dimension) => checked(bytes * dimension));
}

/// <summary>
/// Writes a safetensors file. The same tensors give the same bytes whatever their order: wide elements come first, so
/// that each tensor is aligned to its own element, then names in ordinal order. The file appears under its name
/// when it is complete, never before.
/// </summary>
internal static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file, over an older one of that name where there is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors, in any order.</param>
    /// <param name="metadata">Free texts for the header; null where there are none.</param>
    public static void Write(
        string path, IEnumerable<TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors
            .OrderByDescending(t => t.Dtype.ByteSize())
            .ThenBy(t => t.Name, StringComparer.Ordinal)
            .ToList();
        byte[] header = Header(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var tensor in ordered)
            {
                long end = stream.Position + tensor.ByteLength;
                tensor.WriteBytes(stream);
                if (stream.Position != end)
                {
                    throw new InvalidOperationException(
                        $"{tensor.Name}: wrote {stream.Position - end + tensor.ByteLength} bytes, not {tensor.ByteLength}.");
                }
            }
        });
    }

    private static byte[] Header(List<TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(buffer, s_json))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            WriteTensors(json, tensors);
            json.WriteEndObject();
        }

        while (buffer.Length % HeaderAlignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        byte[] header = buffer.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - sizeof(ulong)));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null)
        {
            return;
        }

        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter json, List<TensorContent> tensors)
    {
        long offset = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"The tensor {tensor.Name} is there twice.", nameof(tensors));
            }

            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.Dtype.ToString());
            json.WriteStartArray("shape");
            foreach (long dimension in tensor.Shape)
            {
                json.WriteNumberValue(dimension);
            }

            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            json.WriteNumberValue(offset += tensor.ByteLength);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
