using System.Globalization;
using System.IO.Pipes;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using Microsoft.Extensions.Logging;

namespace DiffusionLsp.Server.EngineProcess;

/// <summary>
/// The engine as a process of its own: it loads one model and infills for all windows of its user. It leaves when nobody
/// has asked for anything for a while, and so gives all its memory back; it uses no time while nobody asks.
/// </summary>
internal sealed class EngineHost : IDisposable
{
    // Whoever starts an engine connects within this time and asks how it is.
    private static readonly TimeSpan _timeToAsk = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger;
    private readonly TimeSpan _idle;
    private readonly InfillQueue _queue;
    private readonly EarlyCollection _collection = new();
    private readonly Lock _lock = new();
    private readonly HashSet<EngineSession> _sessions = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _failureIsKnown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastUse = Environment.TickCount64;
    private int _sessionCount;

    /// <summary>Makes the host and begins to load.</summary>
    /// <param name="logger">Where the engine's own log goes.</param>
    /// <param name="load">Loads the model, and tells which share of it is there; runs on the engine's thread.</param>
    /// <param name="idle">Leave after this long without a request.</param>
    public EngineHost(ILogger logger, Func<Action<double>, IInfiller> load, TimeSpan idle)
    {
        _logger = logger;
        _idle = idle;
        _queue = new InfillQueue(logger);
        _queue.StatusChanged += status =>
        {
            Touch();
            _collection.Tick();
            if (status.State == EngineState.Failed)
            {
                _failed.TrySetResult();
            }
        };
        _queue.Start(() => load(_queue.ReportLoaded));
    }

    /// <summary>Serves at an address until it has been idle, loading has failed, or it is told to stop.</summary>
    public async Task RunAsync(EngineAddress address, CancellationToken token)
    {
        using FileStream? held = TryLock(address.LockFile);
        if (held is null)
        {
            _logger.LogInformation("Another engine serves this model already.");
            return;
        }

        await File.WriteAllTextAsync(
            address.ProcessFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), token).ConfigureAwait(false);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task accepting = AcceptAsync(address, over.Token);
        Task ended = await Task.WhenAny(accepting, IdleAsync(over.Token), FailureAsync()).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await LeaveAsync().ConfigureAwait(false);
        await (ended == accepting ? accepting : Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended is { IsFaulted: true, Exception.InnerException: { } failure })
        {
            throw new EngineException($"The engine cannot listen at {address.Pipe}: {failure.Message}", failure);
        }
    }

    /// <summary>Serves one window over a stream until it goes.</summary>
    public async Task ServeAsync(Stream stream)
    {
        using EngineSession session = new(stream, _queue, $"window {Interlocked.Increment(ref _sessionCount)}", Touch);
        lock (_lock)
        {
            _sessions.Add(session);
        }

        await session.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _sessions.Remove(session);
            if (_failed.Task.IsCompleted && _sessions.Count == 0)
            {
                _failureIsKnown.TrySetResult();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    /// <summary>Completes when the model could not be loaded and whoever asked for it has been told.</summary>
    private async Task FailureAsync()
    {
        await _failed.Task.ConfigureAwait(false);
        await Task.WhenAny(_failureIsKnown.Task, Task.Delay(_timeToAsk)).ConfigureAwait(false);
    }

    private void Touch() => Volatile.Write(ref _lastUse, Environment.TickCount64);

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task AcceptAsync(EngineAddress address, CancellationToken token)
    {
        while (true)
        {
            NamedPipeServerStream pipe = new(
                address.Pipe,
                PipeDirection.InOut,
                NamedPipeServerStream.MaxAllowedServerInstances,
                PipeTransmissionMode.Byte,
                PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
            try
            {
                await pipe.WaitForConnectionAsync(token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is UnauthorizedAccessException)
            {
                _logger.LogWarning("Somebody else tried to open the engine's pipe and was refused.");
                await pipe.DisposeAsync().ConfigureAwait(false);
                continue;
            }
            catch
            {
                await pipe.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            Touch();
            _ = ServeAsync(pipe);
        }
    }

    private async Task IdleAsync(CancellationToken token)
    {
        for (TimeSpan left = _idle; left > TimeSpan.Zero || _queue.IsBusy; left = _idle - SinceUse())
        {
            await Task.Delay(left > TimeSpan.Zero ? left : _idle, token).ConfigureAwait(false);
        }

        _logger.LogInformation("Nobody has asked for {Minutes:0.#} minutes: leaving.", _idle.TotalMinutes);
    }

    private TimeSpan SinceUse() => TimeSpan.FromMilliseconds(Environment.TickCount64 - Volatile.Read(ref _lastUse));

    private async Task LeaveAsync()
    {
        EngineSession[] sessions;
        lock (_lock)
        {
            sessions = [.. _sessions];
        }

        foreach (EngineSession session in sessions)
        {
            await session.LeaveAsync().ConfigureAwait(false);
        }
    }
}
