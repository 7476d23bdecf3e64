using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Completion;

/// <summary>The latest requests, in memory only.</summary>
internal sealed class RequestLog
{
    /// <summary>The most entries kept.</summary>
    public const int Capacity = 50;

    private readonly Lock _lock = new();
    private readonly Queue<RequestEntry> _entries = new(Capacity);

    /// <summary>Raised for each entry, on any thread.</summary>
    public event Action<RequestEntry>? Added;

    /// <summary>Keeps an entry.</summary>
    public void Add(RequestEntry entry)
    {
        lock (_lock)
        {
            if (_entries.Count == Capacity)
            {
                _entries.Dequeue();
            }

            _entries.Enqueue(entry);
        }

        Added?.Invoke(entry);
    }

    /// <summary>The entries, the newest first.</summary>
    public IReadOnlyList<RequestEntry> Latest()
    {
        lock (_lock)
        {
            return [.. _entries.Reverse()];
        }
    }
}
