using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using StreamJsonRpc;

namespace DiffusionLsp.Server.EngineProcess;

/// <summary>One window's connection, on the engine's side.</summary>
internal sealed class EngineSession : IDisposable
{
    private readonly JsonRpc _rpc;
    private readonly InfillQueue _queue;
    private readonly string _window;
    private readonly Action _used;

    /// <summary>Makes the session and begins to listen.</summary>
    /// <param name="stream">The connection; the session takes it over.</param>
    /// <param name="queue">Does the work.</param>
    /// <param name="window">The window's name for the queue.</param>
    /// <param name="used">Called when something is asked or answered.</param>
    public EngineSession(Stream stream, InfillQueue queue, string window, Action used)
    {
        _queue = queue;
        _window = window;
        _used = used;
        _rpc = new JsonRpc(EngineConnection.Handler(stream)) { CancelLocallyInvokedMethodsWhenConnectionIsClosed = true };
        _rpc.AddLocalRpcTarget(this, new JsonRpcTargetOptions { DisposeOnDisconnect = false });
        _rpc.StartListening();
    }

    /// <summary>Completes when the window has gone.</summary>
    public Task Ended => _rpc.Completion;

    /// <summary>What is loaded, once it is; until then, the share of it that is there is told.</summary>
    [JsonRpcMethod(EngineMessages.Describe)]
    public async Task<ModelDescription> DescribeAsync(IProgress<double>? loaded, CancellationToken token)
    {
        _used();
        _queue.StatusChanged += Tell;
        try
        {
            Tell(_queue.Status);
            EngineStatus status = await _queue.LoadedAsync(token).ConfigureAwait(false);
            return status.Model ?? throw new LocalRpcException(status.Failure ?? "The engine is leaving.");
        }
        finally
        {
            _queue.StatusChanged -= Tell;
        }

        void Tell(EngineStatus status)
        {
            if (status.Loaded is { } share)
            {
                loaded?.Report(share);
            }
        }
    }

    /// <summary>Infills; null where the window has asked for something newer since.</summary>
    [JsonRpcMethod(EngineMessages.Infill)]
    public async Task<InfillResult?> InfillAsync(
        EngineRequest request, IProgress<DenoisingStep>? steps, CancellationToken token)
    {
        _used();
        Exception? failure = null;
        InfillOrder order = new(_window, request.ToInfill())
        {
            Window = _window,
            OnStep = steps is null ? null : steps.Report,
            OnFailure = problem => failure = problem,
        };
        InfillResult? result = await _queue.EnqueueAsync(order, token).ConfigureAwait(false);
        _used();
        return failure is null ? result : throw new LocalRpcException(failure.Message);
    }

    /// <summary>Tells the window that the engine leaves.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            await _rpc.NotifyAsync(EngineMessages.Leaving).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is ConnectionLostException or ObjectDisposedException)
        {
            // Then it need not be told.
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _rpc.Dispose();
}
