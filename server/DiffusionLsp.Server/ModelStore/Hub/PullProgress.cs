using System.Collections.Concurrent;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>How far a pull is. Downloads write to it from several threads; whoever shows it asks for a snapshot.</summary>
/// <param name="time">The clock.</param>
internal sealed class PullProgress(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, long> _files = new(StringComparer.Ordinal);
    private readonly long _start = time.GetTimestamp();
    private long _loaded;

    /// <summary>The bytes of all files.</summary>
    public long Total { get; set; }

    /// <summary>A file is here up to so many bytes, which were not loaded just now.</summary>
    public void Has(string name, long bytes) => _files[name] = bytes;

    /// <summary>So many bytes of a file have just come.</summary>
    public void Add(string name, int bytes)
    {
        _files.AddOrUpdate(name, bytes, (_, had) => had + bytes);
        Interlocked.Add(ref _loaded, bytes);
    }

    /// <summary>How far it is now.</summary>
    public PullSnapshot Now()
    {
        double seconds = time.GetElapsedTime(_start).TotalSeconds;
        return new PullSnapshot(_files.Values.Sum(), Total, seconds > 0 ? Interlocked.Read(ref _loaded) / seconds : 0);
    }
}

/// <summary>How far a pull is at one moment.</summary>
/// <param name="Bytes">What is here.</param>
/// <param name="Total">What there will be.</param>
/// <param name="BytesPerSecond">How fast it came until now.</param>
internal readonly record struct PullSnapshot(long Bytes, long Total, double BytesPerSecond)
{
    /// <summary>How much of it is here, in whole percent.</summary>
    public int Percent => Total > 0 ? (int)(100 * Bytes / Total) : 0;

    /// <summary>How long it will take; null while nobody can tell.</summary>
    public TimeSpan? Left => BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min((Total - Bytes) / BytesPerSecond, 1e9)) : null;
}
