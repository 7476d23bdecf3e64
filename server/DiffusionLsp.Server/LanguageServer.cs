using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Edits;
using DiffusionLsp.Server.Protocol;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace DiffusionLsp.Server;

/// <summary>
/// Every endpoint that a client can call; each hands on to the part that does the work. Calls start in wire order, so
/// an endpoint that changes something does it before it returns, and one that reads takes its snapshot before its
/// first await: the order is the versioning.
/// </summary>
internal sealed class LanguageServer
{
    private readonly DocumentStore _documents;
    private readonly InlineCompletionService _completions;
    private readonly SuggestionCache _cache;
    private readonly EditService _edits;
    private readonly InfillQueue _queue;
    private readonly RequestLog _log;
    private readonly StatusReporter _status;
    private readonly Func<ModelChoice, IInfiller> _load;
    private readonly ModelChoice _commandLine;
    private readonly TaskCompletionSource<int?> _clientProcess = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServerSettings _settings = new();
    private int _exitCode = 1;

    /// <summary>Makes the server; <paramref name="load"/> runs on the engine's thread once a client has come.</summary>
    public LanguageServer(
        DocumentStore documents,
        InlineCompletionService completions,
        SuggestionCache cache,
        EditService edits,
        InfillQueue queue,
        RequestLog log,
        StatusReporter status,
        Func<ModelChoice, IInfiller> load,
        ModelChoice commandLine)
    {
        _documents = documents;
        _completions = completions;
        _cache = cache;
        _edits = edits;
        _queue = queue;
        _log = log;
        _status = status;
        _load = load;
        _commandLine = commandLine;
    }

    /// <summary>Completes with the exit code when the client says exit: 0 after a shutdown, else 1.</summary>
    internal Task<int> ExitRequested => _exit.Task;

    /// <summary>Completes with the id of the client's process, or null where it has none, when the client has come.</summary>
    internal Task<int?> ClientProcess => _clientProcess.Task;

    /// <summary>Answers at once; the model loads meanwhile.</summary>
    [JsonRpcMethod("initialize", UseSingleObjectParameterDeserialization = true)]
    public InitializeResult Initialize(InitializeParams client)
    {
        ChangeSettings(_settings.With(client.InitializationOptions));
        _clientProcess.TrySetResult(client.ProcessId);
        _edits.Client = EditClient.Of(client.Capabilities);
        ModelChoice choice = Choice();
        _queue.Start(() => _load(choice));
        return new InitializeResult { Capabilities = Capabilities(_settings), ServerInfo = Identity() };
    }

    /// <summary>The client takes notifications from here on.</summary>
    [JsonRpcMethod("initialized", UseSingleObjectParameterDeserialization = true)]
    public void Initialized(InitializedParams? client = null) => _status.Open();

    /// <summary>A document was opened.</summary>
    [JsonRpcMethod("textDocument/didOpen", UseSingleObjectParameterDeserialization = true)]
    public void DidOpen(JsonElement opened) =>
        _documents.Open(Read(opened, LspJson.Default.DidOpenTextDocumentParams).TextDocument);

    /// <summary>A document was changed.</summary>
    [JsonRpcMethod("textDocument/didChange", UseSingleObjectParameterDeserialization = true)]
    public void DidChange(JsonElement changed)
    {
        DidChangeTextDocumentParams change = Read(changed, LspJson.Default.DidChangeTextDocumentParams);
        _documents.Change(change);
        _completions.Changed(change.TextDocument.Uri, _settings);
    }

    /// <summary>A document was closed.</summary>
    [JsonRpcMethod("textDocument/didClose", UseSingleObjectParameterDeserialization = true)]
    public void DidClose(JsonElement closed)
    {
        string uri = Read(closed, LspJson.Default.DidCloseTextDocumentParams).TextDocument.Uri;
        _documents.Close(uri);
        _cache.Forget(uri);
        _edits.Forget(uri);
    }

    /// <summary>A suggestion is wanted; null where there is none.</summary>
    [JsonRpcMethod("textDocument/inlineCompletion", UseSingleObjectParameterDeserialization = true)]
    public Task<InlineCompletionList?> InlineCompletionAsync(InlineCompletionParams request, CancellationToken token) =>
        _completions.CompleteAsync(request, _settings, token);

    /// <summary>Edits of a range are wanted; none of them is made yet.</summary>
    [JsonRpcMethod("textDocument/codeAction", UseSingleObjectParameterDeserialization = true)]
    public IReadOnlyList<CodeAction> CodeAction(CodeActionParams asked) => _edits.Offer(asked, _settings);

    /// <summary>The user chose an edit.</summary>
    [JsonRpcMethod("codeAction/resolve", UseSingleObjectParameterDeserialization = true)]
    public Task<CodeAction> ResolveCodeActionAsync(CodeAction action, CancellationToken token) =>
        _edits.ResolveAsync(action, _settings, token);

    /// <summary>The user changed settings.</summary>
    [JsonRpcMethod("workspace/didChangeConfiguration", UseSingleObjectParameterDeserialization = true)]
    public void DidChangeConfiguration(DidChangeConfigurationParams change) =>
        ChangeSettings(_settings.WithSectionOf(change.Settings));

    /// <summary>The user runs a command of ours.</summary>
    [JsonRpcMethod("workspace/executeCommand", UseSingleObjectParameterDeserialization = true)]
    public async Task<IReadOnlyList<RequestEntry>?> ExecuteCommandAsync(ExecuteCommandParams command, CancellationToken token)
    {
        switch (command.Command)
        {
            case ServerCommands.Restart:
                _cache.Clear();
                _edits.Clear();
                ModelChoice choice = Choice() with { IsFresh = true };
                _queue.Restart(() => _load(choice));
                return null;
            case ServerCommands.Requests:
                return _log.Latest();
            case ServerCommands.Edit:
                await _edits.ApplyAsync(command, _settings, token).ConfigureAwait(false);
                return null;
            default:
                throw new LocalRpcException($"'{command.Command}' is no command here.")
                {
                    ErrorCode = (int)JsonRpcErrorCode.InvalidParams,
                };
        }
    }

    /// <summary>The client is about to leave.</summary>
    [JsonRpcMethod("shutdown")]
    public object? Shutdown()
    {
        _exitCode = 0;
        return null;
    }

    /// <summary>The client leaves.</summary>
    [JsonRpcMethod("exit")]
    public void Exit() => _exit.TrySetResult(_exitCode);

    private ModelChoice Choice() =>
        new(_commandLine.Model ?? _settings.Model, _commandLine.Device ?? _settings.Device);

    private void ChangeSettings(ServerSettings settings)
    {
        if (settings.MaxTokens != _settings.MaxTokens)
        {
            _cache.Clear();
        }

        _settings = settings;
        if (settings.Enabled)
        {
            _status.Resume();
        }
        else
        {
            _status.Pause();
        }
    }

    // The transport drops a notification that it cannot read; one about a document must not get lost, so it is read here.
    private static T Read<T>(JsonElement notification, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return notification.Deserialize(type) ?? throw new DocumentSyncException("An edit is null.");
        }
        catch (JsonException malformed)
        {
            throw new DocumentSyncException($"An edit cannot be read: {malformed.Message}", malformed);
        }
    }

    private static ServerCapabilities Capabilities(ServerSettings settings) => new()
    {
        PositionEncoding = "utf-16",
        TextDocumentSync = new TextDocumentSyncOptions { OpenClose = true, Change = TextDocumentSyncKind.Incremental },
        CodeActionProvider = new CodeActionOptions { CodeActionKinds = EditKinds.All, ResolveProvider = true },
        ExecuteCommandProvider = settings.AnnounceCommands ? new ExecuteCommandOptions { Commands = ServerCommands.All } : null,
        InlineCompletionProvider = new InlineCompletionOptions(),
    };

    private static ServerInfo Identity() => new()
    {
        Name = "diffusionlsp",
        Version = typeof(LanguageServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
            .InformationalVersion.Split('+')[0],
    };
}
