using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// One request on its way through the queue. It has an answer the moment it is cancelled or superseded; the engine,
/// which looks at <see cref="Stop"/> between layers, learns of it a little later.
/// </summary>
internal sealed class InfillJob : IDisposable
{
    private readonly TaskCompletionSource<InfillResult?> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _cancelledByClient;

    /// <summary>Makes the job.</summary>
    public InfillJob(string document, InfillRequest request, CancellationToken token)
    {
        Document = document;
        Request = request;
        Stop = _stop.Token;
        _cancelledByClient = token.UnsafeRegister(
            _ =>
            {
                _answer.TrySetCanceled(token);
                _stop.Cancel();
            },
            null);
    }

    /// <summary>The document that the request is for.</summary>
    public string Document { get; }

    /// <summary>What to infill.</summary>
    public InfillRequest Request { get; }

    /// <summary>Called after every step on the engine's thread; null where nobody watches.</summary>
    public Action<DenoisingStep>? OnStep { get; init; }

    /// <summary>Cancelled when nobody waits for the infill any more.</summary>
    public CancellationToken Stop { get; }

    /// <summary>The infill; null where there is none.</summary>
    public Task<InfillResult?> Answer => _answer.Task;

    /// <summary>Answers, unless an answer was given before.</summary>
    public void Complete(InfillResult? result) => _answer.TrySetResult(result);

    /// <summary>Answers with null and stops the engine: a newer request came, or the engine is going away.</summary>
    public void Drop()
    {
        Complete(null);
        _stop.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // First the registration: it waits for a cancellation that is under way and still needs the source.
        _cancelledByClient.Dispose();
        _stop.Dispose();
    }
}
