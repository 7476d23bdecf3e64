namespace DiffusionLsp.Server.Completion;

/// <summary>
/// How long to wait before an engine that was lost is started again: longer each time, and after a few times in a row not
/// at all, so that a machine on which it cannot run is left alone. An infill that is made counts as a new beginning.
/// </summary>
internal sealed class RestartPolicy
{
    /// <summary>Engines that may be lost in a row and are started again.</summary>
    public const int MostInARow = 5;

    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(100);
    private int _lost;

    /// <summary>An infill was made.</summary>
    public void Succeeded() => _lost = 0;

    /// <summary>An engine was lost: how long to wait before the next; null for no next.</summary>
    public TimeSpan? Lost()
    {
        _lost++;
        return _lost > MostInARow ? null : _first * Math.Pow(3, _lost - 1);
    }
}
