using System.Collections.Concurrent;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>
/// An engine that follows a script: it answers by a function of the request, except where the test holds an infill
/// and says itself when and how it ends.
/// </summary>
internal sealed class FakeInfiller(Func<InfillRequest, string> answer) : IInfiller
{
    private readonly ConcurrentQueue<HeldInfill> _held = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeInfiller(string middle)
        : this(_ => middle)
    {
    }

    public ModelDescription Model { get; init; } = new("fake", "/models/fake", "script", "cpu", "fp32", 1_500_000, 256);

    public double Likelihood { get; init; } = 1;

    /// <summary>How likely the middle of a request is, where that differs among requests.</summary>
    public Func<InfillRequest, double>? LikelihoodOf { get; init; }

    /// <summary>Every request that reached the engine, in order.</summary>
    public ConcurrentQueue<InfillRequest> Requests { get; } = new();

    /// <summary>The steps that every infill reports before it answers.</summary>
    public IReadOnlyList<DenoisingStep> Steps { get; init; } = [];

    public Task Disposed => _disposed.Task;

    /// <summary>The next infill that begins waits for the test.</summary>
    public HeldInfill HoldNext()
    {
        HeldInfill held = new();
        _held.Enqueue(held);
        return held;
    }

    public InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        Requests.Enqueue(request);
        foreach (DenoisingStep step in Steps)
        {
            onStep?.Invoke(step);
        }

        string middle = _held.TryDequeue(out HeldInfill? held) ? held.Run(request, token) : answer(request);
        return new InfillResult
        {
            Middle = middle,
            Outcome = middle.Length == 0 ? InfillOutcome.Empty : InfillOutcome.Filled,
            Steps = 2,
            Forwards = 2,
            Tokens = 5,
            Milliseconds = 12.5,
            Confidence = 0.9,
            Likelihood = LikelihoodOf?.Invoke(request) ?? Likelihood,
            Seed = request.Seed,
        };
    }

    public void Dispose() => _disposed.TrySetResult();
}

/// <summary>An infill whose end the test decides.</summary>
internal sealed class HeldInfill
{
    private readonly TaskCompletionSource<InfillRequest> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The engine has begun it.</summary>
    public Task<InfillRequest> Begun => _begun.Task;

    /// <summary>The engine was told to stop it.</summary>
    public Task Stopped => _stopped.Task;

    public void EndWith(string middle) => _end.SetResult(middle);

    public void FailWith(Exception failure) => _end.SetException(failure);

    public string Run(InfillRequest request, CancellationToken token)
    {
        _begun.SetResult(request);
        try
        {
            return _end.Task.WaitAsync(token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            _stopped.SetResult();
            throw;
        }
    }
}
