using System.Collections.Immutable;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server;

/// <summary>
/// Tells the client how the engine is: a line for the editor's log when the model is loaded or could not be, and
/// <c>diffusion/status</c> for its status item. Sends nothing of the second kind before the client is initialized,
/// and nothing twice.
/// </summary>
internal sealed class StatusReporter
{
    private readonly LspConnection _connection;
    private readonly Lock _lock = new();
    private EngineStatus _engine;
    private bool _isOpen;
    private bool _isPaused;
    private ImmutableSortedDictionary<string, string>? _unknownLanguages;
    private QuietDocuments _quiet = QuietDocuments.None;
    private DiffusionStatusParams? _sent;

    /// <summary>Makes the reporter.</summary>
    public StatusReporter(LspConnection connection, EngineStatus engine)
    {
        _connection = connection;
        _engine = engine;
    }

    /// <summary>The client is ready for notifications.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            Publish();
        }
    }

    /// <summary>The user switched suggestions off.</summary>
    public void Pause() => SetPaused(isPaused: true);

    /// <summary>The user switched suggestions on.</summary>
    public void Resume() => SetPaused(isPaused: false);

    /// <summary>The engine is in another state, or has made an infill.</summary>
    public void Report(EngineStatus engine)
    {
        lock (_lock)
        {
            bool isNews = engine.State != _engine.State;
            _engine = engine;
            if (isNews && LogLine(engine) is { } line)
            {
                Send(OutgoingMessages.LogMessage, line);
            }

            Publish();
        }
    }

    /// <summary>Documents of a language get no suggestion while their user types.</summary>
    /// <param name="languageId">The client's name of the language; each is reported once.</param>
    /// <param name="reason">Why.</param>
    public void ReportUnknownLanguage(string languageId, string reason)
    {
        lock (_lock)
        {
            var known = _unknownLanguages ?? ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
            _unknownLanguages = known.SetItem(languageId, reason);
            Send(OutgoingMessages.LogMessage, new LogMessageParams
            {
                Type = MessageType.Info,
                Message = $"No suggestions while typing in {languageId}: {reason}.",
            });
            Publish();
        }
    }

    /// <summary>A request has ended.</summary>
    public void Report(RequestEntry request)
    {
        lock (_lock)
        {
            _quiet = _quiet.After(request);
            Publish();
        }
    }

    private static LogMessageParams? LogLine(EngineStatus engine) => engine switch
    {
        { State: EngineState.Ready, Model: { ServedAt: { } address } model } => new LogMessageParams
        {
            Type = model.LeavesMachine ? MessageType.Warning : MessageType.Info,
            Message = model.LeavesMachine
                ? $"Suggestions come from {address}, on another machine: the text around the cursor goes there."
                : $"Suggestions come from {address}.",
        },
        { State: EngineState.Ready, Model: { } model } => new LogMessageParams
        {
            Type = MessageType.Info,
            Message = $"{model.Name} is loaded: {model.Architecture}, {model.Parameters / 1e6:0.#} M parameters, " +
                $"{model.Dtype} on {model.Device}.",
        },
        { State: EngineState.Failed, Failure: { } reason } => new LogMessageParams
        {
            Type = MessageType.Error,
            Message = $"No suggestions: {reason}",
        },
        _ => null,
    };

    private void SetPaused(bool isPaused)
    {
        lock (_lock)
        {
            _isPaused = isPaused;
            Publish();
        }
    }

    private void Publish()
    {
        DiffusionStatusParams status = Current();
        if (_isOpen && status != _sent)
        {
            _sent = status;
            Send(OutgoingMessages.Status, status);
        }
    }

    private DiffusionStatusParams Current() => new()
    {
        State = _engine.State switch
        {
            EngineState.Failed => DiffusionState.Failed,
            _ when _isPaused => DiffusionState.Paused,
            EngineState.Ready => DiffusionState.Ready,
            _ => DiffusionState.Loading,
        },
        Model = _engine.Model?.Name,
        LoadedPercent = _engine.LoadedPercent,
        Device = _engine.Model?.Device,
        ForwardMs = _engine.Model?.MillisecondsPerForward,
        FollowsInstructions = _engine.Model?.FollowsInstructions,
        Engine = _engine.Model?.ServedAt,
        LeavesMachine = _engine.Model is { LeavesMachine: true } ? true : null,
        Message = _engine.Failure ?? _engine.Trouble,
        LastMs = _engine.Latest?.Milliseconds,
        TokensPerForward = _engine.Latest is { Forwards: > 0 } latest ? latest.TokensPerForward : null,
        UnknownLanguages = _unknownLanguages,
        Documents = _quiet.Reasons,
    };

    // Not awaited: the transport keeps the order in which it is called, and the engine must not wait for a client.
    private void Send<T>(Outgoing<T> message, T parameters)
        where T : class => _ = _connection.SendAsync(message, parameters);
}
