using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// One part of a corpus, its tokens mapped into memory: the pages that training touches are read, the rest is not.
/// It reads what <see cref="ShardWriter"/> wrote; what the tokens mean is the tokenizer's matter.
/// </summary>
internal sealed unsafe class TokenShards : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly SafeMemoryMappedViewHandle? _view;
    private readonly ushort* _tokens;
    private readonly long[] _offsets;
    private readonly int[] _packages;
    private bool _disposed;

    private TokenShards(string tokensPath, long[] offsets, int[] packages)
    {
        _offsets = offsets;
        _packages = packages;
        if (TokenCount == 0)
        {
            // An empty file cannot be mapped.
            return;
        }

        _file = MemoryMappedFile.CreateFromFile(tokensPath, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var accessor = _file.CreateViewAccessor(0, TokenCount * sizeof(ushort), MemoryMappedFileAccess.Read);
        _view = accessor.SafeMemoryMappedViewHandle;
        byte* start = null;
        _view.AcquirePointer(ref start);
        _tokens = (ushort*)start;
    }

    /// <summary>How many documents there are.</summary>
    public int DocumentCount => _packages.Length;

    /// <summary>How many tokens they have together.</summary>
    public long TokenCount => _offsets[^1];

    /// <summary>Opens a part (<see cref="ShardLayout.Training"/> or <see cref="ShardLayout.HeldOut"/>) of a corpus.</summary>
    /// <exception cref="InvalidDataException">A file is missing, cut short or inconsistent.</exception>
    public static TokenShards Open(string folder, string part)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Token shards are little-endian.");
        }

        var tokensPath = ShardLayout.TokensOf(folder, part);
        var indexPath = ShardLayout.IndexOf(folder, part);
        foreach (var path in (ReadOnlySpan<string>)[tokensPath, indexPath])
        {
            if (!File.Exists(path))
            {
                throw new InvalidDataException($"{path}: no such file; make the corpus with `diffusionlsp-train corpus`.");
            }
        }

        var (offsets, packages) = ReadIndex(indexPath);
        var bytes = new FileInfo(tokensPath).Length;
        if (bytes % sizeof(ushort) != 0 || bytes / sizeof(ushort) != offsets[^1])
        {
            throw new InvalidDataException(
                $"{tokensPath}: {bytes} bytes, but {indexPath} speaks of {offsets[^1]} tokens of two; make the corpus again.");
        }

        return new TokenShards(tokensPath, offsets, packages);
    }

    /// <summary>The tokens of a document. They must not be used after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<ushort> Document(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, DocumentCount);
        return new ReadOnlySpan<ushort>(_tokens + _offsets[index], checked((int)(_offsets[index + 1] - _offsets[index])));
    }

    /// <summary>The package of a document, as an index into the packages of corpus.json.</summary>
    public int PackageOf(int index) => _packages[index];

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _view?.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    private static (long[] Offsets, int[] Packages) ReadIndex(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < ShardLayout.IndexBytes(0) || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != ShardLayout.Magic)
        {
            throw new InvalidDataException($"{path}: not an index of token shards.");
        }

        var documents = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(sizeof(long)));
        if (documents < 0 || documents > bytes.Length || ShardLayout.IndexBytes(documents) != bytes.Length)
        {
            throw new InvalidDataException($"{path}: {bytes.Length} bytes do not hold the {documents} documents that it announces.");
        }

        var numbers = bytes.AsSpan(ShardLayout.HeaderBytes);
        var offsetBytes = ((int)documents + 1) * sizeof(long);
        var offsets = MemoryMarshal.Cast<byte, long>(numbers[..offsetBytes]).ToArray();
        var packages = MemoryMarshal.Cast<byte, int>(numbers[offsetBytes..]).ToArray();
        CheckOffsets(path, offsets);
        if (packages.AsSpan().ContainsAnyExceptInRange(0, int.MaxValue))
        {
            throw new InvalidDataException($"{path}: a document has a negative package.");
        }

        return (offsets, packages);
    }

    private static void CheckOffsets(string path, long[] offsets)
    {
        if (offsets[0] != 0)
        {
            throw new InvalidDataException($"{path}: the first document begins at token {offsets[0]} instead of 0.");
        }

        for (var i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] < offsets[i - 1] || offsets[i] - offsets[i - 1] > int.MaxValue)
            {
                throw new InvalidDataException($"{path}: document {i - 1} ends before it begins, or is too long.");
            }
        }
    }
}
