using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DiffusionLsp.Training.Corpus;

/// <summary>Writes one part of a corpus, document by document, as <see cref="ShardLayout"/> says.</summary>
internal sealed class ShardWriter : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly string _indexPath;
    private readonly FileStream _tokens;
    private readonly List<long> _offsets = [0];
    private readonly List<int> _packages = [];

    /// <summary>Begins the files of a part in a folder.</summary>
    public ShardWriter(string folder, string part)
    {
        _indexPath = ShardLayout.IndexOf(folder, part);
        _tokens = new FileStream(ShardLayout.TokensOf(folder, part), FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
    }

    /// <summary>The tokens so far.</summary>
    public long TokenCount => _offsets[^1];

    /// <summary>The documents so far.</summary>
    public int DocumentCount => _packages.Count;

    /// <summary>Adds a document.</summary>
    /// <exception cref="CorpusException">An id does not fit into 16 bits.</exception>
    public void Append(ReadOnlySpan<int> ids, int package)
    {
        Span<byte> bytes = new byte[ids.Length * sizeof(ushort)];
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] > ushort.MaxValue)
            {
                throw new CorpusException(
                    $"The tokenizer gave the id {ids[i]}; shards hold ids below 65536, so train it with a smaller vocabulary.");
            }

            BinaryPrimitives.WriteUInt16LittleEndian(bytes[(i * sizeof(ushort))..], (ushort)ids[i]);
        }

        _tokens.Write(bytes);
        _offsets.Add(_offsets[^1] + ids.Length);
        _packages.Add(package);
    }

    /// <summary>Writes the index and brings both files to the disk.</summary>
    public void Complete()
    {
        _tokens.Flush(flushToDisk: true);
        using var index = new FileStream(_indexPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
        WriteInt64(index, unchecked((long)ShardLayout.Magic));
        WriteInt64(index, _packages.Count);
        foreach (var offset in CollectionsMarshal.AsSpan(_offsets))
        {
            WriteInt64(index, offset);
        }

        Span<byte> four = stackalloc byte[sizeof(int)];
        foreach (var package in CollectionsMarshal.AsSpan(_packages))
        {
            BinaryPrimitives.WriteInt32LittleEndian(four, package);
            index.Write(four);
        }

        index.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _tokens.Dispose();

    private static void WriteInt64(FileStream stream, long value)
    {
        Span<byte> eight = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(eight, value);
        stream.Write(eight);
    }
}
