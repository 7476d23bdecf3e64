using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;

namespace DiffusionLsp.Server.EngineProcess;

/// <summary>
/// The infiller of a window: each infill is made in the engine's process, which is started again where it has left because
/// nobody asked. A crash costs the infill that was under way and is reported as <see cref="EngineLostException"/>.
/// </summary>
internal sealed class RemoteInfiller : IInfiller
{
    private readonly Func<CancellationToken, Stream> _connect;
    private EngineConnection _connection;

    private RemoteInfiller(Func<CancellationToken, Stream> connect, EngineConnection connection, ModelDescription model)
    {
        _connect = connect;
        _connection = connection;
        Model = model;
    }

    /// <inheritdoc/>
    public ModelDescription Model { get; }

    /// <summary>Connects, and waits until the model is loaded.</summary>
    /// <param name="connect">Finds the engine's process or starts one.</param>
    /// <param name="onLoaded">Told until then which share of the model is there, from 0 to 1; null tells nobody.</param>
    /// <exception cref="EngineException">There is none and none can be started, or the model cannot be loaded.</exception>
    public static RemoteInfiller Start(Func<CancellationToken, Stream> connect, Action<double>? onLoaded = null)
    {
        EngineConnection connection = new(connect(CancellationToken.None));
        try
        {
            return new RemoteInfiller(connect, connection, connection.Describe(onLoaded, CancellationToken.None));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="EngineLostException">The process ended while it made this infill.</exception>
    public InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        if (!_connection.IsOpen)
        {
            Reconnect(token);
        }

        try
        {
            return Made(request, onStep, token);
        }
        catch (EngineLostException) when (_connection.HasLeft)
        {
            // It left just when it was asked.
            Reconnect(token);
            return Made(request, onStep, token);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private InfillResult Made(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token) =>
        _connection.Infill(request, onStep, token) ?? throw new OperationCanceledException("The engine gave no answer.");

    private void Reconnect(CancellationToken token)
    {
        _connection.Dispose();
        _connection = new EngineConnection(_connect(token));
        _connection.Describe(onLoaded: null, token);
    }
}
