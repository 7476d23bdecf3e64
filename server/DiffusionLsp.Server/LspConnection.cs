using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace DiffusionLsp.Server;

/// <summary>
/// JSON-RPC with the rules of the language server protocol that the transport does not know: which messages may come
/// when, that a failed document edit ends the connection, and that errors carry no stack traces. Framing, dispatch in
/// wire order and <c>$/cancelRequest</c> are StreamJsonRpc's; messages for which there is no method are answered by it
/// with "method not found", or dropped where they are notifications, as the protocol asks.
/// </summary>
internal sealed class LspConnection : JsonRpc
{
    private const int ServerNotInitialized = -32002;

    private readonly Lock _lock = new();
    private readonly HashSet<RequestId> _unanswered = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _allAnswered;
    private bool _isInitialized;
    private bool _isShutDown;

    /// <summary>Makes the connection; it listens once a server has been attached to it.</summary>
    public LspConnection(Stream input, Stream output)
        : base(new HeaderDelimitedMessageHandler(output, input, CreateFormatter()))
    {
        CancelLocallyInvokedMethodsWhenConnectionIsClosed = true;
    }

    /// <summary>
    /// Fails when a document edit does. The transport ends as well, but not before the client says something more: its
    /// read of standard input cannot be stopped.
    /// </summary>
    public Task Failed => _failed.Task;

    /// <summary>Sends a notification; nothing happens where the client has gone.</summary>
    public async Task SendAsync<T>(Outgoing<T> message, T parameters)
        where T : class
    {
        try
        {
            await NotifyWithParameterObjectAsync(message.Method, parameters).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is ConnectionLostException or ObjectDisposedException)
        {
            // Whoever awaits Completion learns of it.
        }
    }

    /// <summary>Sends a request that has no result.</summary>
    /// <returns>Whether the client did as asked; it may refuse, or have gone.</returns>
    public async Task<bool> RequestAsync<T>(Outgoing<T> message, T parameters)
        where T : class
    {
        try
        {
            await InvokeWithParameterObjectAsync(message.Method, parameters).ConfigureAwait(false);
            return true;
        }
        catch (Exception refused) when (refused is RemoteRpcException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Completes when every request that has come so far is answered.</summary>
    public Task AnsweredAsync()
    {
        lock (_lock)
        {
            if (_unanswered.Count == 0)
            {
                return Task.CompletedTask;
            }

            _allAnswered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _allAnswered.Task;
        }
    }

    /// <inheritdoc/>
    protected override bool IsFatalException(Exception ex) =>
        ex is DocumentSyncException && (_failed.TrySetException(ex) || _failed.Task.IsFaulted);

    /// <inheritdoc/>
    /// <remarks>A client may put anything into the data of an error, and none of it must end the connection.</remarks>
    protected override Type? GetErrorDetailsDataType(JsonRpcError error) => typeof(JsonElement);

    /// <inheritdoc/>
    protected override JsonRpcError.ErrorDetail CreateErrorDetails(JsonRpcRequest request, Exception exception) => new()
    {
        Code = exception switch
        {
            LocalRpcException refused => (JsonRpcErrorCode)refused.ErrorCode,
            JsonException or RpcArgumentDeserializationException => JsonRpcErrorCode.InvalidParams,
            _ => JsonRpcErrorCode.InternalError,
        },
        Message = exception.Message,
    };

    /// <inheritdoc/>
    /// <remarks>Runs in wire order, before any handler of a later message.</remarks>
    protected override ValueTask<JsonRpcMessage> DispatchRequestAsync(
        JsonRpcRequest request, TargetMethod targetMethod, CancellationToken cancellationToken)
    {
        if (request.IsResponseExpected)
        {
            lock (_lock)
            {
                _unanswered.Add(request.RequestId);
            }
        }

        ThrowIfOutOfTurn(request);
        return base.DispatchRequestAsync(request, targetMethod, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void OnResponseSent(JsonRpcMessage response)
    {
        base.OnResponseSent(response);
        lock (_lock)
        {
            if (_unanswered.Remove(((IJsonRpcMessageWithId)response).RequestId) && _unanswered.Count == 0)
            {
                _allAnswered?.TrySetResult();
            }
        }
    }

    private static SystemTextJsonFormatter CreateFormatter() => new()
    {
        JsonSerializerOptions = new(LspJson.Default.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(LspJson.Default, TransportJson.Default),
        },
    };

    private void ThrowIfOutOfTurn(JsonRpcRequest request)
    {
        bool isInitialize = request.Method == "initialize";
        if (request.Method == "exit")
        {
            return;
        }

        if (_isShutDown || (isInitialize && _isInitialized))
        {
            throw new LocalRpcException($"{request.Method} may not come any more.")
            {
                ErrorCode = (int)JsonRpcErrorCode.InvalidRequest,
            };
        }

        if (!_isInitialized && !isInitialize)
        {
            throw new LocalRpcException($"{request.Method} came before initialize.")
            {
                ErrorCode = ServerNotInitialized,
            };
        }

        _isInitialized = true;
        _isShutDown = request.Method == "shutdown";
    }
}

/// <summary>What the transport itself reads: the ids in <c>$/cancelRequest</c>.</summary>
[JsonSerializable(typeof(RequestId))]
internal sealed partial class TransportJson : JsonSerializerContext;
