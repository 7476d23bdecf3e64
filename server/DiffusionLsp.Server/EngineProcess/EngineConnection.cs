using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using StreamJsonRpc;

namespace DiffusionLsp.Server.EngineProcess;

/// <summary>One connection to the engine's process, on the window's side.</summary>
internal sealed class EngineConnection : IDisposable
{
    private readonly JsonRpc _rpc;

    /// <summary>Makes the connection over a stream, which it takes over.</summary>
    public EngineConnection(Stream stream)
    {
        _rpc = new JsonRpc(Handler(stream));
        _rpc.AddLocalRpcMethod(EngineMessages.Leaving, () => HasLeft = true);
        _rpc.StartListening();
    }

    /// <summary>Whether the engine has said that it leaves.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Whether anything can be asked.</summary>
    public bool IsOpen => !HasLeft && !_rpc.IsDisposed && !_rpc.Completion.IsCompleted;

    /// <summary>What is loaded, once it is.</summary>
    /// <param name="onLoaded">Told until then which share of it is there, from 0 to 1; null tells nobody.</param>
    /// <param name="token">Ends the waiting.</param>
    /// <exception cref="EngineException">It cannot be loaded.</exception>
    public ModelDescription Describe(Action<double>? onLoaded, CancellationToken token) =>
        Wait(_rpc.InvokeWithCancellationAsync<ModelDescription>(EngineMessages.Describe, [Progress(onLoaded)], token));

    /// <summary>Infills in the other process, while this thread waits.</summary>
    /// <exception cref="EngineLostException">The engine has gone, by a crash or because it was idle.</exception>
    public InfillResult? Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token) =>
        Wait(_rpc.InvokeWithCancellationAsync<InfillResult?>(
            EngineMessages.Infill, [EngineRequest.Of(request), Progress(onStep)], token));

    /// <inheritdoc/>
    public void Dispose() => _rpc.Dispose();

    /// <summary>How both ends frame their messages: a length before each, the cheapest there is.</summary>
    internal static IJsonRpcMessageHandler Handler(Stream stream) => new LengthHeaderMessageHandler(
        stream, stream, new SystemTextJsonFormatter { JsonSerializerOptions = new(EngineMessages.Json) });

    private static T Wait<T>(Task<T> answer)
    {
        try
        {
            return answer.GetAwaiter().GetResult();
        }
        catch (RemoteInvocationException refused)
        {
            throw new EngineException(refused.Message, refused);
        }
        catch (Exception gone) when (gone is ConnectionLostException or ObjectDisposedException or IOException)
        {
            throw new EngineLostException("The engine's process has ended.", gone);
        }
    }

    private static InOrder<T>? Progress<T>(Action<T>? report) => report is null ? null : new InOrder<T>(report);

    // Not Progress<T>, which reports on another thread, in any order.
    private sealed class InOrder<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
