using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// A safetensors file over a memory map: opening it reads the header alone, and pages of weights come in when they
/// are asked for. It hands out bytes; what they mean to the network is <c>Checkpoint</c>'s business.
/// </summary>
internal sealed unsafe class SafetensorsReader : IDisposable
{
    /// <summary>The longest header the format allows.</summary>
    public const long LongestHeader = 100_000_000;

    private const int LengthBytes = sizeof(ulong);

    private readonly FileStream _stream;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly SafetensorsHeader _header;
    private bool _disposed;

    private SafetensorsReader(string path, FileStream stream)
    {
        FilePath = path;
        _stream = stream;
        FileLength = stream.Length;
        if (FileLength < LengthBytes)
        {
            throw CheckpointFault.In(path, $"has {FileLength} bytes, too few for a header. {SafetensorsHeader.Remedy}");
        }

        _file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, FileLength, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            _header = ReadHeader();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>The file's length in bytes.</summary>
    public long FileLength { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _header.Tensors;

    /// <summary>The header's free texts.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Maps a file and checks its header.</summary>
    /// <exception cref="CheckpointException">The file is missing, unreadable or not a sound safetensors file.</exception>
    public static SafetensorsReader Open(string path)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            try
            {
                return new SafetensorsReader(path, stream);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CheckpointFault.In(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The bytes of a tensor, valid until the reader is disposed.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public ReadOnlySpan<byte> Bytes(string name) => Bytes(name, 0, Entry(name).ByteLength);

    /// <summary>A part of a tensor's bytes: a span holds 2 GiB at most, and tensors are longer at times.</summary>
    public ReadOnlySpan<byte> Bytes(string name, long from, long count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Entry(name);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, entry.ByteLength - from);
        return new ReadOnlySpan<byte>(_start + entry.Offset + from, checked((int)count));
    }

    /// <summary>Reads from the file itself, past the map; several threads may.</summary>
    /// <param name="offset">Where to begin, in bytes from the file's start.</param>
    /// <param name="into">What to fill.</param>
    /// <exception cref="CheckpointException">The file cannot be read, or has been cut since it was opened.</exception>
    public void Read(long offset, Span<byte> into)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            for (int done = 0; done < into.Length;)
            {
                int read = RandomAccess.Read(_stream.SafeFileHandle, into[done..], offset + done);
                done += read > 0 ? read : throw new EndOfStreamException("it is shorter than when it was opened.");
            }
        }
        catch (IOException e)
        {
            throw CheckpointFault.In(FilePath, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What the header says of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public TensorEntry Entry(string name) =>
        Tensors.TryGetValue(name, out var entry)
            ? entry
            : throw CheckpointFault.In(FilePath, name, "the file has no such tensor.");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_start is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view?.Dispose();
        _file.Dispose();
    }

    private SafetensorsHeader ReadHeader()
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_start, LengthBytes));
        if (length > LongestHeader || length > (ulong)(FileLength - LengthBytes))
        {
            throw CheckpointFault.In(
                FilePath,
                "header length",
                $"says {length} bytes; the file has {FileLength - LengthBytes} and the format allows {LongestHeader}. "
                + SafetensorsHeader.Remedy);
        }

        long dataStart = LengthBytes + (long)length;
        var json = new ReadOnlySpan<byte>(_start + LengthBytes, (int)length);
        return SafetensorsHeader.Parse(FilePath, json, dataStart, FileLength - dataStart);
    }
}
