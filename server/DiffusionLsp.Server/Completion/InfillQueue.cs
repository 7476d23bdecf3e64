using DiffusionLsp.Engine;
using Microsoft.Extensions.Logging;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// The border between asynchronous and synchronous code: above it tasks, below it one thread that loads the model
/// and runs every infill, because libtorch's scopes and inference mode belong to a thread. The newest request for a
/// document wins; among documents the newest goes first. The thread sleeps while there is nothing to do.
/// </summary>
internal sealed class InfillQueue : IDisposable
{
    // A forward pass cannot be stopped within a layer; longer than this nobody waits for one on the way out.
    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger;
    private readonly object _lock = new();
    private readonly List<InfillJob> _waiting = [];
    private InfillJob? _running;
    private Thread? _thread;
    private bool _closed;
    private volatile EngineStatus _status = new() { State = EngineState.Loading };

    /// <summary>Makes the queue; <see cref="Start"/> begins the work.</summary>
    public InfillQueue(ILogger logger) => _logger = logger;

    /// <summary>Raised on the engine's thread after <see cref="Status"/> has changed.</summary>
    public event Action<EngineStatus>? StatusChanged;

    /// <summary>What the engine is doing.</summary>
    public EngineStatus Status
    {
        get => _status;
        private set
        {
            _status = value;
            StatusChanged?.Invoke(value);
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

            _thread = new Thread(() => Run(load)) { Name = "engine", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>Queues a request.</summary>
    /// <param name="document">The document it is for: an older request for it is superseded.</param>
    /// <param name="request">What to infill.</param>
    /// <param name="onStep">Called after every step on the engine's thread; null where nobody watches.</param>
    /// <param name="token">Cancels this request alone.</param>
    /// <returns>The infill; null where it was superseded, failed, or the engine is not there.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="token"/> was cancelled.</exception>
    public Task<InfillResult?> EnqueueAsync(
        string document, InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return Task.FromResult<InfillResult?>(null);
            }

            if (_running?.Document == document)
            {
                _running.Drop();
            }

            DropWaiting(job => job.Document == document);
            InfillJob newest = new(document, request, token) { OnStep = onStep };
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

    private void Run(Func<IInfiller> load)
    {
        try
        {
            using IInfiller infiller = load();
            Status = new EngineStatus { State = EngineState.Ready, Model = infiller.Model };
            while (Next() is { } job)
            {
                Infill(infiller, job);
                Finish(job);
            }
        }
#pragma warning disable CA1031 // Whatever goes wrong below, the language server stays and says so.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure is EngineException ? null : failure, "{Reason}", OneLine(failure));
            Status = new EngineStatus { State = EngineState.Failed, Failure = OneLine(failure) };
        }
        finally
        {
            Close();
        }
    }

    private void Infill(IInfiller infiller, InfillJob job)
    {
        try
        {
            job.Stop.ThrowIfCancellationRequested();
            InfillResult result = infiller.Infill(job.Request, job.OnStep, job.Stop);
            job.Complete(result);
            Status = Status with { Latest = result };
        }
        catch (OperationCanceledException)
        {
            // Whoever stopped the job has answered it.
            job.Complete(null);
        }
#pragma warning disable CA1031 // A failed infill costs one suggestion, not the server.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            job.Complete(null);
            _logger.LogWarning(
                failure is EngineException ? null : failure, "An infill failed: {Reason}", OneLine(failure));
        }
    }

    private InfillJob? Next()
    {
        lock (_lock)
        {
            while (_waiting.Count == 0 && !_closed)
            {
                Monitor.Wait(_lock);
            }

            if (_closed)
            {
                return null;
            }

            _running = _waiting[^1];
            _waiting.RemoveAt(_waiting.Count - 1);
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
