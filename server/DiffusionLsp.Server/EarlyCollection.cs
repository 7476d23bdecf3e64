namespace DiffusionLsp.Server;

/// <summary>
/// Collects young garbage every few requests. Left to itself the collector waits until garbage fills about the processor's
/// cache, tens of megabytes for a process that holds two, and memory seems to grow through a working day. A collection of
/// the youngest takes less than a millisecond and comes when an answer has gone out. (The runtime's own setting for this,
/// <c>GCgen0size</c>, is read from the environment alone, which belongs to whoever starts us.)
/// </summary>
internal sealed class EarlyCollection
{
    private const int Requests = 32;

    private int _count;

    /// <summary>A request has ended.</summary>
    public void Tick()
    {
        if (Interlocked.Increment(ref _count) % Requests == 0)
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        }
    }
}
