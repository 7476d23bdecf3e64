using System.Diagnostics;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// Infills by a serving engine, on this machine or another: for a model that is too large for this one. It opens connections
/// to that engine's address and to no other, and only where the user has set it. An engine that fails costs the infill that it was
/// asked for, and is left alone for a while.
/// </summary>
internal sealed class HttpInfiller : IInfiller
{
    // As long as a window can be: no engine tells its own bound.
    private const int ContextLength = 16_384;
    private const int MostChoices = 2;

    private readonly RemoteAddress _address;
    private readonly RemoteClient _client;
    private readonly RemoteRequest _requests;
    private readonly BackOff _backOff;
    private readonly Queue<InfillResult> _drawn = [];
    private InfillRequest? _drawnFor;

    /// <summary>Makes the infiller; the engine is not asked anything yet.</summary>
    /// <param name="choice">The engine.</param>
    /// <param name="variable">Gives a variable of the environment, for the key.</param>
    /// <param name="limits">How long it is waited for.</param>
    /// <param name="time">The clock by which it is left alone.</param>
    /// <exception cref="EngineException">The address may not be used.</exception>
    public HttpInfiller(RemoteChoice choice, Func<string, string?> variable, RemoteLimits limits, TimeProvider time)
    {
        _address = RemoteAddress.Of(choice);
        _client = new RemoteClient(_address, RemoteKey.For(_address, variable), limits);
        _requests = new RemoteRequest(_address.Form, choice);
        _backOff = new BackOff(limits, time);
        Model = new ModelDescription(
            choice.Model ?? _address.Endpoint.Authority, "", "served", _address.Endpoint.Authority, "", 0, ContextLength)
        {
            ServedAt = _address.Shown,
            LeavesMachine = _address.LeavesMachine,
        };
    }

    /// <inheritdoc/>
    public ModelDescription Model { get; }

    /// <inheritdoc/>
    /// <exception cref="EngineUnavailableException">The engine gave no answer, or is left alone.</exception>
    public InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        if (Drawn(request) is { } drawn)
        {
            return drawn;
        }

        _backOff.Check();
        try
        {
            InfillResult result = Ask(request, token);
            _backOff.Succeeded();
            return result;
        }
        catch (EngineUnavailableException away)
        {
            _backOff.Failed(away);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private InfillResult Ask(InfillRequest request, CancellationToken token)
    {
        // Who draws with a temperature wants several middles of a gap, one after the other: an engine that knows of such has
        // them made together.
        int choices = request.Temperature > 0 && _address.Form == RemoteForm.Completions ? MostChoices : 1;
        long started = Stopwatch.GetTimestamp();
        Middles middles = new(choices);
        MiddleEnd end = new(request);
        using HttpContent body = _requests.Body(request, choices);
        _client.AskAsync(body, middles, () => choices == 1 && end.IsReachedBy(middles.Texts[0]), token).GetAwaiter().GetResult();
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Keep(request, [.. middles.Texts.Skip(1).Where(text => text.Length > 0).Select(text => Result(request, end.Cut(text), middles.Pieces, milliseconds))]);
        return Result(request, end.Cut(middles.Texts[0]), middles.Pieces, milliseconds);
    }

    private void Keep(InfillRequest request, IEnumerable<InfillResult> others)
    {
        _drawn.Clear();
        _drawnFor = request;
        foreach (InfillResult other in others)
        {
            _drawn.Enqueue(other);
        }
    }

    // A further draw for the same gap.
    private InfillResult? Drawn(InfillRequest request) =>
        _drawnFor is { } earlier
        && earlier.Seed != request.Seed
        && earlier with { Seed = request.Seed, Offered = request.Offered } == request
        && _drawn.TryDequeue(out InfillResult? other)
            ? other with { Seed = request.Seed }
            : null;

    // No engine says how likely a middle is in a way that all share: none is held back for that.
    private static InfillResult Result(InfillRequest request, string middle, int pieces, double milliseconds) => new()
    {
        Middle = middle,
        Outcome = middle.Length == 0 ? InfillOutcome.Empty : InfillOutcome.Filled,
        Steps = 0,
        Forwards = 0,
        Tokens = pieces,
        Milliseconds = milliseconds,
        Confidence = middle.Length == 0 ? 0 : 1,
        Likelihood = middle.Length == 0 ? 0 : 1,
        Seed = request.Seed,
    };
}
