using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.EditorState;
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
    private readonly ServerParts _parts;
    private readonly TaskCompletionSource<int?> _clientProcess = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClientFeatures _client = new();
    private ServerSettings _settings = new();
    private int _exitCode = 1;

    /// <summary>Makes the server.</summary>
    public LanguageServer(ServerParts parts) => _parts = parts;

    /// <summary>Completes with the exit code when the client says exit: 0 after a shutdown, else 1.</summary>
    internal Task<int> ExitRequested => _exit.Task;

    /// <summary>Completes with the id of the client's process, or null where it has none, when the client has come.</summary>
    internal Task<int?> ClientProcess => _clientProcess.Task;

    /// <summary>Answers at once; the model loads meanwhile.</summary>
    [JsonRpcMethod("initialize", UseSingleObjectParameterDeserialization = true)]
    public InitializeResult Initialize(InitializeParams client)
    {
        _client = ClientFeatures.Of(client.Capabilities);
        _parts.Documents.Encoding = _client.Encoding;
        _parts.Editor.Folders = WorkspaceFolders.Of(client);
        ChangeSettings(_settings.With(client.InitializationOptions));
        _clientProcess.TrySetResult(client.ProcessId);
        _parts.Models.ShowsProgress = _client.ShowsProgress;
        _parts.Edits.Client = EditClient.Of(client.Capabilities);
        ModelChoice choice = Choice();
        _parts.Feed.IsOn = _settings.DenoisingSteps;
        _parts.Queue.Start(() => _parts.Load(choice));
        return new InitializeResult { Capabilities = Capabilities(), ServerInfo = Identity() };
    }

    /// <summary>The client takes notifications from here on.</summary>
    [JsonRpcMethod("initialized", UseSingleObjectParameterDeserialization = true)]
    public void Initialized(InitializedParams? client = null)
    {
        if (_client.ShowsProgress)
        {
            _parts.Progress.Open();
        }

        if (_client.RegistersInlineCompletion)
        {
            _parts.Registration.Open();
        }

        _parts.Status.Open();
        _parts.SettingFaults.Open();
    }

    /// <summary>A document was opened.</summary>
    [JsonRpcMethod("textDocument/didOpen", UseSingleObjectParameterDeserialization = true)]
    public void DidOpen(JsonElement opened) =>
        _parts.Documents.Open(Read(opened, LspJson.Default.DidOpenTextDocumentParams).TextDocument);

    /// <summary>A document was changed.</summary>
    [JsonRpcMethod("textDocument/didChange", UseSingleObjectParameterDeserialization = true)]
    public void DidChange(JsonElement changed)
    {
        DidChangeTextDocumentParams change = Read(changed, LspJson.Default.DidChangeTextDocumentParams);
        _parts.Documents.Change(change.TextDocument, change.ContentChanges);
        _parts.Completions.Changed(change.TextDocument.Uri, _settings);
    }

    /// <summary>A document was closed.</summary>
    [JsonRpcMethod("textDocument/didClose", UseSingleObjectParameterDeserialization = true)]
    public void DidClose(JsonElement closed)
    {
        string uri = Read(closed, LspJson.Default.DidCloseTextDocumentParams).TextDocument.Uri;
        Forget(_parts.Documents.Close(uri) is { } document ? [document] : []);
    }

    /// <summary>A notebook was opened: each of its cells is a document.</summary>
    [JsonRpcMethod("notebookDocument/didOpen", UseSingleObjectParameterDeserialization = true)]
    public void DidOpenNotebook(JsonElement opened) =>
        _parts.Notebooks.Open(Read(opened, LspJson.Default.DidOpenNotebookDocumentParams));

    /// <summary>Cells of a notebook came, went, or were changed.</summary>
    [JsonRpcMethod("notebookDocument/didChange", UseSingleObjectParameterDeserialization = true)]
    public void DidChangeNotebook(JsonElement changed)
    {
        DidChangeNotebookDocumentParams change = Read(changed, LspJson.Default.DidChangeNotebookDocumentParams);
        Forget(_parts.Notebooks.Change(change));
        foreach (var cell in change.Change.Cells?.TextContent ?? [])
        {
            _parts.Completions.Changed(cell.Document.Uri, _settings);
        }
    }

    /// <summary>A notebook was saved, which changes nothing for suggestions.</summary>
    [JsonRpcMethod("notebookDocument/didSave", UseSingleObjectParameterDeserialization = true)]
#pragma warning disable CA1822 // The transport calls it on the server, whether or not it needs one.
    public void DidSaveNotebook(DidSaveNotebookDocumentParams saved)
#pragma warning restore CA1822
    {
    }

    /// <summary>A notebook was closed.</summary>
    [JsonRpcMethod("notebookDocument/didClose", UseSingleObjectParameterDeserialization = true)]
    public void DidCloseNotebook(JsonElement closed) =>
        Forget(_parts.Notebooks.Close(Read(closed, LspJson.Default.DidCloseNotebookDocumentParams)));

    /// <summary>A suggestion is wanted; null where there is none.</summary>
    [JsonRpcMethod("textDocument/inlineCompletion", UseSingleObjectParameterDeserialization = true)]
    public Task<InlineCompletionList?> InlineCompletionAsync(InlineCompletionParams request, CancellationToken token) =>
        _parts.Completions.CompleteAsync(request, _settings, token);

    /// <summary>A suggestion is wanted as an item of the completion pop-up.</summary>
    [JsonRpcMethod("textDocument/completion", UseSingleObjectParameterDeserialization = true)]
    public Task<CompletionList> CompletionAsync(CompletionParams request, CancellationToken token) =>
        _parts.Fallback.CompleteAsync(request, _settings, token);

    /// <summary>The editor showed a suggestion.</summary>
    [JsonRpcMethod("textDocument/didShowCompletion", UseSingleObjectParameterDeserialization = true)]
    public void DidShowCompletion(JsonElement shown) => _parts.Editor.Suggestions.CountShown();

    /// <summary>The user took a part of a suggestion.</summary>
    [JsonRpcMethod("textDocument/didPartiallyAcceptCompletion", UseSingleObjectParameterDeserialization = true)]
    public void DidPartiallyAcceptCompletion(JsonElement accepted) => _parts.Editor.Suggestions.CountPartlyAccepted();

    /// <summary>Another document has the focus, or none.</summary>
    [JsonRpcMethod("textDocument/didFocus", UseSingleObjectParameterDeserialization = true)]
    public void DidFocus(DidFocusParams focused) => _parts.Editor.Focused = focused.TextDocument?.Uri ?? focused.Uri;

    /// <summary>What the user looks at beside the document at hand.</summary>
    [JsonRpcMethod("diffusion/editorContext", UseSingleObjectParameterDeserialization = true)]
    public void EditorContextChanged(EditorContextParams context) =>
        _parts.Editor.Context = EditorContext.Of(context);

    /// <summary>Edits of a range are wanted; none of them is made yet.</summary>
    [JsonRpcMethod("textDocument/codeAction", UseSingleObjectParameterDeserialization = true)]
    public IReadOnlyList<CodeAction> CodeAction(CodeActionParams asked) => _parts.Edits.Offer(asked, _settings);

    /// <summary>The user chose an edit.</summary>
    [JsonRpcMethod("codeAction/resolve", UseSingleObjectParameterDeserialization = true)]
    public Task<CodeAction> ResolveCodeActionAsync(CodeAction action, CancellationToken token) =>
        _parts.Edits.ResolveAsync(action, _settings, token);

    /// <summary>The user changed settings.</summary>
    [JsonRpcMethod("workspace/didChangeConfiguration", UseSingleObjectParameterDeserialization = true)]
    public void DidChangeConfiguration(DidChangeConfigurationParams change) =>
        ChangeSettings(_settings.WithSectionOf(change.Settings));

    /// <summary>The user runs a command of ours.</summary>
    [JsonRpcMethod("workspace/executeCommand", UseSingleObjectParameterDeserialization = true)]
    public async Task<JsonElement?> ExecuteCommandAsync(ExecuteCommandParams command, CancellationToken token)
    {
        switch (command.Command)
        {
            case ServerCommands.Restart:
                _parts.Cache.Clear();
                _parts.Edits.Clear();
                ModelChoice choice = Choice() with { IsFresh = true };
                _parts.Queue.Restart(() => _parts.Load(choice));
                return null;
            case ServerCommands.Requests:
                return JsonSerializer.SerializeToElement(_parts.Log.Latest(), LspJson.Default.IReadOnlyListRequestEntry);
            case ServerCommands.Figures:
                AcceptanceReport report = new() { File = _parts.Figures.FileName, Days = _parts.Figures.Read() };
                return JsonSerializer.SerializeToElement(report, LspJson.Default.AcceptanceReport);
            case ServerCommands.Models:
                ModelReport models = await Task.Run(_parts.ListModels, token).ConfigureAwait(false);
                return JsonSerializer.SerializeToElement(models, LspJson.Default.ModelReport);
            case ServerCommands.PullModel or ServerCommands.VerifyModel or ServerCommands.RemoveModel:
                return await _parts.Models.RunAsync(command, token).ConfigureAwait(false);
            case ServerCommands.Edit:
                await _parts.Edits.ApplyAsync(command, _settings, token).ConfigureAwait(false);
                return null;
            default:
                throw new LocalRpcException($"'{command.Command}' is no command here.")
                {
                    ErrorCode = (int)JsonRpcErrorCode.InvalidParams,
                };
        }
    }

    /// <summary>The user cancels what the server shows the progress of.</summary>
    [JsonRpcMethod("window/workDoneProgress/cancel", UseSingleObjectParameterDeserialization = true)]
    public void CancelProgress(WorkDoneProgressCancelParams cancelled) => _parts.Models.Cancel(cancelled.Token);

    /// <summary>Folders of the workspace came and went.</summary>
    [JsonRpcMethod("workspace/didChangeWorkspaceFolders", UseSingleObjectParameterDeserialization = true)]
    public void DidChangeWorkspaceFolders(DidChangeWorkspaceFoldersParams change) =>
        _parts.Editor.Folders = _parts.Editor.Folders.After(change.Event);

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
        new(_parts.CommandLine.Model ?? _settings.Model, _parts.CommandLine.Device ?? _settings.Device)
        {
            Dtype = _parts.CommandLine.Dtype ?? _settings.Dtype,
            Engine = _parts.CommandLine.Engine ?? _settings.ServingEngine(),
            OnLoaded = _parts.Queue.ReportLoaded,
        };

    private void Forget(IEnumerable<TextDocument> closed)
    {
        foreach (TextDocument document in closed)
        {
            _parts.Cache.Forget(document.Uri);
            _parts.Edits.Forget(document.Uri);
        }
    }

    private void ChangeSettings(ServerSettings settings)
    {
        if (settings.MaxTokens != _settings.MaxTokens || settings.SpanLength != _settings.SpanLength || settings.MaxLines != _settings.MaxLines)
        {
            _parts.Cache.Clear();
        }

        _settings = settings;
        _parts.SettingFaults.Report(settings.Documents.Faults);
        if (settings.Enabled)
        {
            _parts.Status.Resume();
        }
        else
        {
            _parts.Status.Pause();
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

    private ServerCapabilities Capabilities() => new()
    {
        PositionEncoding = _client.Encoding.Name(),
        TextDocumentSync = new TextDocumentSyncOptions { OpenClose = true, Change = TextDocumentSyncKind.Incremental },
        NotebookDocumentSync = new NotebookDocumentSyncOptions
        {
            NotebookSelector = [new NotebookDocumentFilterWithNotebook { Notebook = "*" }],
            Save = true,
        },
        Workspace = new WorkspaceOptions
        {
            WorkspaceFolders = new WorkspaceFoldersServerCapabilities { Supported = true, ChangeNotifications = true },
        },
        CodeActionProvider = new CodeActionOptions { CodeActionKinds = EditKinds.All, ResolveProvider = true },
        ExecuteCommandProvider = _settings.AnnounceCommands ? new ExecuteCommandOptions { Commands = ServerCommands.All } : null,
        CompletionProvider = _settings.CompletionFallback
            ? new CompletionOptions { TriggerCharacters = [".", "(", "=", " "] }
            : null,

        // Never made to depend on whether the client announces inline completion: Emacs asks without announcing it.
        InlineCompletionProvider = _client.RegistersInlineCompletion ? null : new InlineCompletionOptions(),
    };

    private static ServerInfo Identity() => new()
    {
        Name = "diffusionlsp",
        Version = typeof(LanguageServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
            .InformationalVersion.Split('+')[0],
    };
}
