using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server;

/// <summary>
/// Shows clients that ask for it how a gap is denoised. It slows no infill down: a step for which it is too early is
/// held back, and goes out if no other follows it.
/// </summary>
internal sealed class DenoisingFeed
{
    // Twenty a second is as much as anybody sees.
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);

    private readonly LspConnection _connection;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long? _lastSent;
    private int _requests;

    /// <summary>Makes it.</summary>
    public DenoisingFeed(LspConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
    }

    /// <summary>Whether the client asks for it.</summary>
    public bool IsOn { get; set; }

    /// <summary>Begins to watch an infill; null where nobody wants to see it.</summary>
    public Watch? Begin(CompletionSite site) =>
        IsOn ? new Watch(this, site, Interlocked.Increment(ref _requests)) : null;

    private static DenoisingCell Cell(CanvasCell cell) => new()
    {
        Text = cell.Text,
        State = cell.State switch
        {
            CellState.Masked => DenoisingCellState.Masked,
            CellState.Fresh => DenoisingCellState.Fresh,
            _ => DenoisingCellState.Committed,
        },
        Confidence = cell.Confidence,
    };

    /// <summary>One infill that is watched. Steps come on the engine's thread, the end on any.</summary>
    internal sealed class Watch : IDisposable
    {
        private readonly DenoisingFeed _feed;
        private readonly CompletionSite _site;
        private readonly int _request;
        private readonly long _begun;
        private DenoisingStepParams? _heldBack;
        private bool _isOver;

        /// <summary>Makes it.</summary>
        public Watch(DenoisingFeed feed, CompletionSite site, int request)
        {
            _feed = feed;
            _site = site;
            _request = request;
            _begun = feed._time.GetTimestamp();
        }

        /// <summary>The infill has made a step.</summary>
        public void Report(DenoisingStep step)
        {
            lock (_feed._lock)
            {
                if (_isOver)
                {
                    return;
                }

                DenoisingStepParams shown = Shown(step);
                bool isEarly = _feed._lastSent is { } last && _feed._time.GetElapsedTime(last) < _interval;
                _heldBack = isEarly ? shown : null;
                if (!isEarly)
                {
                    Send(shown);
                }
            }
        }

        /// <summary>The infill is over: the last step is shown, however early it is.</summary>
        public void Dispose()
        {
            lock (_feed._lock)
            {
                _isOver = true;
                if (_heldBack is { } last)
                {
                    Send(last);
                }
            }
        }

        private DenoisingStepParams Shown(DenoisingStep step) => new()
        {
            Uri = _site.Document.Uri,
            Position = _site.Range.Start,
            Request = _request,
            Step = step.Index,
            Cells = [.. step.Cells.Select(Cell)],
            Milliseconds = _feed._time.GetElapsedTime(_begun).TotalMilliseconds,
        };

        // Not awaited: the engine must not wait for a client.
        private void Send(DenoisingStepParams step)
        {
            _feed._lastSent = _feed._time.GetTimestamp();
            _ = _feed._connection.SendAsync(OutgoingMessages.DenoisingStep, step);
        }
    }
}
