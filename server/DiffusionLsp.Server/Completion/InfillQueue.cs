using DiffusionLsp.Engine;
using Microsoft.Extensions.Logging;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// The border between asynchronous and synchronous code: above it tasks, below it one thread that loads the model
/// and runs every infill, because libtorch's scopes and inference mode belong to a thread. The newest request for a
/// document wins; windows are served in turn, and within one the newest request goes first. The thread sleeps while there
/// is nothing to do. An engine that is lost costs the infill that it was making and is loaded again.
/// </summary>
internal sealed class InfillQueue : IDisposable
{
    // A forward pass cannot be stopped within a layer; longer than this nobody waits for one on the way out.
    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger;
    private readonly object _lock = new();
    private readonly Lock _statusLock = new();
    private readonly List<InfillJob> _waiting = [];
    private InfillJob? _running;
    private Thread? _thread;
    private readonly Dictionary<string, long> _turnOf = new(StringComparer.Ordinal);
    private readonly RestartPolicy _restarts = new();
    private Func<IInfiller>? _load;
    private long _turn;
    private bool _closed;
    private bool _failed;
    private bool _restarting;
    private volatile EngineStatus _status = new() { State = EngineState.Loading };

    /// <summary>Makes the queue; <see cref="Start"/> begins the work.</summary>
    public InfillQueue(ILogger logger) => _logger = logger;

    /// <summary>Raised after <see cref="Status"/> has changed, one change after the other.</summary>
    public event Action<EngineStatus>? StatusChanged;

    /// <summary>What the engine is doing.</summary>
    public EngineStatus Status
    {
        get => _status;
        private set
        {
            lock (_statusLock)
            {
                _status = value;
                StatusChanged?.Invoke(value);
            }
        }
    }

    /// <summary>Starts the engine's thread, which calls <paramref name="load"/> first of all.</summary>
    public void Start(Func<IInfiller> load)
    {
        lock (_lock)
        {
            if (_thread is not null || _closed)
            {
                return;
            }

            _load = load;
            _thread = new Thread(Run) { Name = "engine", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>
    /// Loads the engine anew, also where it had failed; what waits or runs is answered with null. Nothing happens before
    /// <see cref="Start"/>.
    /// </summary>
    public void Restart(Func<IInfiller> load)
    {
        lock (_lock)
        {
            if (_thread is null || _closed)
            {
                return;
            }

            _load = load;
            _restarting = true;
            _running?.Drop();
            DropWaiting(_ => true);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>What is being loaded is there to this share, from 0 to 1. May come from any thread, and late.</summary>
    public void ReportLoaded(double share)
    {
        lock (_statusLock)
        {
            if (_status.State == EngineState.Loading)
            {
                Status = _status with { Loaded = share };
            }
        }
    }

    /// <summary>Whether an infill is being made or waits.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_lock)
            {
                return _running is not null || _waiting.Count > 0;
            }
        }
    }

    /// <summary>The status once the model is loaded, or could not be.</summary>
    public async Task<EngineStatus> LoadedAsync(CancellationToken token)
    {
        TaskCompletionSource<EngineStatus> loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        StatusChanged += Look;
        try
        {
            Look(Status);
            return await loaded.Task.WaitAsync(token).ConfigureAwait(false);
        }
        finally
        {
            StatusChanged -= Look;
        }

        void Look(EngineStatus status)
        {
            if (status.State != EngineState.Loading)
            {
                loaded.TrySetResult(status);
            }
        }
    }

    /// <summary>Queues a request.</summary>
    /// <param name="order">What is asked for.</param>
    /// <param name="token">Cancels this request alone.</param>
    /// <returns>The infill; null where it was superseded, failed, or the engine is not there.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="token"/> was cancelled.</exception>
    public Task<InfillResult?> EnqueueAsync(InfillOrder order, CancellationToken token)
    {
        lock (_lock)
        {
            if (_closed || _failed)
            {
                return Task.FromResult<InfillResult?>(null);
            }

            if (_running?.Order.Document == order.Document)
            {
                _running.Drop();
            }

            DropWaiting(job => job.Order.Document == order.Document);
            InfillJob newest = new(order, token);
            _waiting.Add(newest);
            Monitor.Pulse(_lock);
            return newest.Answer;
        }
    }

    /// <summary>Takes no more requests, and answers those that wait or run with null.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _running?.Drop();
            DropWaiting(_ => true);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Closes the queue and ends the thread, which disposes of the infiller.</summary>
    public void Dispose()
    {
        Close();
        if (_thread?.Join(_farewell) == false)
        {
            _logger.LogWarning("The engine did not stop in time; leaving it to the operating system.");
        }
    }

    private void Run()
    {
        while (BeginLoading() is { } load)
        {
            Rest(Serve(load));
        }
    }

    /// <summary>What to load; null where the queue is closed.</summary>
    private Func<IInfiller>? BeginLoading()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            if (_restarting)
            {
                _restarts.Succeeded();
            }

            _restarting = false;
            _failed = false;
        }

        if (_status.State != EngineState.Loading)
        {
            Status = new EngineStatus { State = EngineState.Loading };
        }

        return _load;
    }

    /// <summary>Serves until the queue is closed or restarted, or the engine fails.</summary>
    /// <returns>How long to wait before the engine is loaded again; null: until somebody asks for it.</returns>
    private TimeSpan? Serve(Func<IInfiller> load)
    {
        try
        {
            using IInfiller infiller = load();
            Status = new EngineStatus { State = EngineState.Ready, Model = infiller.Model };
            while (Next() is { } job)
            {
                Infill(infiller, job);
            }

            return TimeSpan.Zero;
        }
        catch (EngineLostException lost) when (_restarts.Lost() is { } pause)
        {
            _logger.LogWarning("{Reason} Starting another one.", OneLine(lost));
            return pause;
        }
#pragma warning disable CA1031 // Whatever goes wrong below, the language server stays and says so.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            string reason = failure is EngineLostException
                ? $"The engine's process has ended {RestartPolicy.MostInARow + 1} times in a row; the command diffusionlsp.restart tries again."
                : OneLine(failure);
            _logger.LogError(failure is EngineException ? null : failure, "{Reason}", reason);
            Fail(reason);
            return null;
        }
    }

    private void Fail(string reason)
    {
        lock (_lock)
        {
            _failed = true;
            DropWaiting(_ => true);
        }

        Status = new EngineStatus { State = EngineState.Failed, Failure = reason };
    }

    /// <summary>Sleeps for a while, or where there is no time given until the queue is closed or restarted.</summary>
    private void Rest(TimeSpan? pause)
    {
        long end = Environment.TickCount64 + (long)(pause ?? TimeSpan.Zero).TotalMilliseconds;
        lock (_lock)
        {
            while (!_closed && !_restarting && (pause is null || Environment.TickCount64 < end))
            {
                Monitor.Wait(_lock, pause is null ? Timeout.Infinite : (int)Math.Max(1, end - Environment.TickCount64));
            }
        }
    }

    private void Infill(IInfiller infiller, InfillJob job)
    {
        try
        {
            job.Stop.ThrowIfCancellationRequested();
            InfillResult result = infiller.Infill(job.Order.Request, job.Order.OnStep, job.Stop);
            job.Complete(result);
            _restarts.Succeeded();
            Status = Status with { Latest = result, Trouble = null };
        }
        catch (OperationCanceledException)
        {
            // Whoever stopped the job has answered it.
            job.Complete(null);
        }
        catch (EngineLostException)
        {
            job.Complete(null);
            throw;
        }
        catch (EngineUnavailableException away)
        {
            Note(away);
            job.Order.OnFailure?.Invoke(away);
            job.Complete(null);
        }
#pragma warning disable CA1031 // A failed infill costs one suggestion, not the server.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            job.Order.OnFailure?.Invoke(failure);
            job.Complete(null);
            _logger.LogWarning(
                failure is EngineException ? null : failure, "An infill failed: {Reason}", OneLine(failure));
        }
        finally
        {
            Finish(job);
        }
    }

    // Said once: it stays so for a while, and is asked for with every key.
    private void Note(EngineUnavailableException away)
    {
        string reason = OneLine(away);
        if (Status.Trouble != reason)
        {
            _logger.LogWarning("{Reason}", reason);
            Status = Status with { Trouble = reason };
        }
    }

    /// <summary>The next job; null where the queue is closed or the engine is to be loaded anew.</summary>
    private InfillJob? Next()
    {
        lock (_lock)
        {
            while (_waiting.Count == 0 && !_closed && !_restarting)
            {
                Monitor.Wait(_lock);
            }

            if (_closed || _restarting)
            {
                return null;
            }

            // The window whose turn is the longest ago, and in it the newest.
            _running = Enumerable.Reverse(_waiting).MinBy(job => _turnOf.GetValueOrDefault(job.Order.Window))!;
            _waiting.Remove(_running);
            _turnOf[_running.Order.Window] = ++_turn;
            return _running;
        }
    }

    private void Finish(InfillJob job)
    {
        lock (_lock)
        {
            _running = null;
        }

        job.Dispose();
    }

    private void DropWaiting(Predicate<InfillJob> isMeant)
    {
        foreach (InfillJob job in _waiting.FindAll(isMeant))
        {
            job.Drop();
            job.Dispose();
        }

        _waiting.RemoveAll(isMeant);
    }

    private static string OneLine(Exception failure) => failure.Message.ReplaceLineEndings(" ");
}
