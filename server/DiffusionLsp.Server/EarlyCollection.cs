namespace DiffusionLsp.Server;

/// <summary>
/// Collects garbage every few requests. Left to itself the collector waits until garbage fills about the processor's cache,
/// tens of megabytes for a process that holds two, and memory seems to grow through a working day; collecting the youngest
/// alone only moves that to the older. A full collection of so little takes some milliseconds and comes when an answer has
/// gone out. (The runtime's own setting, <c>GCgen0size</c>, is read from the environment alone, which belongs to whoever
/// starts us.)
/// </summary>
internal sealed class EarlyCollection
{
    private const int Requests = 64;

    private int _count;

    /// <summary>A request has ended.</summary>
    public void Tick()
    {
        if (Interlocked.Increment(ref _count) % Requests == 0)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        }
    }
}
