using System.Text.Json;
using System.Threading.Channels;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.EditorState;
using Microsoft.Extensions.Logging.Abstractions;
using Nerdbank.Streams;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>
/// A real JSON-RPC client and the whole server over a pair of streams in memory. Leaving the session takes leave of
/// the server as the protocol asks and checks the exit code, unless the test ended the connection itself.
/// </summary>
internal sealed class LspSession : IAsyncDisposable
{
    public const string Uri = "file:///w/a.py";

    private readonly Channel<JsonElement> _statuses = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> _logs = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> _registrations = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> _progress = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> _steps = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> _messages = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> _edits = Channel.CreateUnbounded<JsonElement>();
    private bool _isLeft;

    private LspSession(
        Func<ModelChoice, IInfiller> load,
        ModelChoice commandLine,
        TimeProvider time,
        IReadOnlyList<CheckpointStatus> installed,
        string? figuresFile = null)
    {
        (Stream clientSide, Stream serverSide) = FullDuplexStream.CreatePair();
        LanguageServerHost host = new(NullLogger.Instance, load, commandLine)
        {
            Installed = () => installed,
            Time = time,
            FiguresFile = figuresFile,
        };
        Editor = host.Editor;
        ExitCode = host.RunAsync(serverSide, serverSide, CancellationToken.None);
        Client = new JsonRpc(new HeaderDelimitedMessageHandler(clientSide, new SystemTextJsonFormatter()));
        JsonRpcTargetOptions single = new() { UseSingleObjectParameterDeserialization = true };
        Client.AddLocalRpcTarget(new Notified(this), single);
        Client.AddLocalRpcTarget(new Edited(_messages.Writer, _edits.Writer), single);
        Client.StartListening();
    }

    public JsonRpc Client { get; }

    public Task<int> ExitCode { get; }

    /// <summary>What the server knows of the editor.</summary>
    public Editor Editor { get; }

    public int UnreadProgress => _progress.Reader.Count;

    public int UnreadSteps => _steps.Reader.Count;

    public int UnreadRegistrations => _registrations.Reader.Count;

    /// <summary>What the client answers when the server wants to show progress or register something.</summary>
    public Exception? Refusal { get; set; }

    public static LspSession Start(
        Func<ModelChoice, IInfiller> load, ModelChoice? commandLine = null, params IReadOnlyList<CheckpointStatus> installed) =>
        new(load, commandLine ?? new ModelChoice(null, null), TimeProvider.System, installed);

    /// <summary>A session with a clock of the test's own.</summary>
    public static LspSession StartAt(TimeProvider time, Func<ModelChoice, IInfiller> load) =>
        new(load, new ModelChoice(null, null), time, []);

    /// <summary>A session that counts what is shown and taken in a file.</summary>
    public static LspSession StartCounting(string figuresFile, IInfiller infiller) =>
        new(_ => infiller, new ModelChoice(null, null), TimeProvider.System, [], figuresFile);

    /// <summary>A session with a document open and the model loaded.</summary>
    public static async Task<LspSession> ReadyAsync(
        IInfiller infiller,
        string text = "",
        object? options = null,
        object? capabilities = null,
        params IReadOnlyList<CheckpointStatus> installed)
    {
        LspSession session = Start(_ => infiller, null, installed);
        await session.InitializeAsync(options, capabilities);
        await session.OpenAsync(text);
        await session.StateAsync("ready");
        return session;
    }

    public async Task<JsonElement> InitializeAsync(object? options = null, object? capabilities = null)
    {
        JsonElement result = await Client.InvokeWithParameterObjectAsync<JsonElement>(
            "initialize",
            new { processId = (int?)null, rootUri = (string?)null, capabilities = capabilities ?? new { }, initializationOptions = options });
        await Client.NotifyWithParameterObjectAsync("initialized", new { });
        return result;
    }

    public Task SendAsync(string method, object parameters) =>
        Client.NotifyWithParameterObjectAsync(method, parameters);

    public Task OpenAsync(string text, string uri = Uri, int version = 1, string languageId = "python") =>
        Client.NotifyWithParameterObjectAsync(
            "textDocument/didOpen", new { textDocument = new { uri, languageId, version, text } });

    public Task ChangeAsync(int version, int line, int character, string text, string uri = Uri) =>
        ChangeAsync(version, line, character, line, character, text, uri);

    public Task ChangeAsync(
        int version, int line, int character, int endLine, int endCharacter, string text, string uri = Uri) =>
        Client.NotifyWithParameterObjectAsync(
            "textDocument/didChange",
            new
            {
                textDocument = new { uri, version },
                contentChanges = new[] { new { range = Range(line, character, endLine, endCharacter), text } },
            });

    public Task ConfigureAsync(object settings) => Client.NotifyWithParameterObjectAsync(
        "workspace/didChangeConfiguration", new { settings = new { diffusionlsp = settings } });

    public Task<JsonElement?> CompleteAsync(int line, int character, string uri = Uri, int triggerKind = 2) =>
        CancellableAsync(line, character, uri, triggerKind, CancellationToken.None);

    public Task<JsonElement?> CancellableAsync(
        int line, int character, string uri, int triggerKind, CancellationToken token) =>
        Client.InvokeWithParameterObjectAsync<JsonElement?>(
            "textDocument/inlineCompletion",
            new { textDocument = new { uri }, position = new { line, character }, context = new { triggerKind } },
            token);

    /// <summary>Completes where the item <paramref name="text"/> of an open pop-up is selected.</summary>
    public Task<JsonElement?> ExtendAsync(int line, int character, object range, string text) =>
        Client.InvokeWithParameterObjectAsync<JsonElement?>(
            "textDocument/inlineCompletion",
            new
            {
                textDocument = new { uri = Uri },
                position = new { line, character },
                context = new { triggerKind = 2, selectedCompletionInfo = new { range, text } },
            });

    /// <summary>The text of an answer's only suggestion; null where there is none.</summary>
    public async Task<string?> TextAsync(int line, int character, string uri = Uri, int triggerKind = 2) =>
        TextOf(await CompleteAsync(line, character, uri, triggerKind).Soon());

    public static string? TextOf(JsonElement? answer) =>
        answer is { } list ? Assert.Single(list.GetProperty("items").EnumerateArray()).GetProperty("insertText").GetString() : null;

    public static object Range(int line, int character, int endLine, int endCharacter) => new
    {
        start = new { line, character },
        end = new { line = endLine, character = endCharacter },
    };

    /// <summary>The next status with this state; what comes before it is passed over.</summary>
    public Task<JsonElement> StateAsync(string state) =>
        StatusAsync(status => status.GetProperty("state").GetString() == state);

    /// <summary>The next status that is meant; what comes before it is passed over.</summary>
    public async Task<JsonElement> StatusAsync(Func<JsonElement, bool> isMeant)
    {
        while (true)
        {
            JsonElement status = await _statuses.Reader.ReadAsync().AsTask().Soon();
            if (isMeant(status))
            {
                return status;
            }
        }
    }

    public async Task<JsonElement> LogAsync() => await _logs.Reader.ReadAsync().AsTask().Soon();

    public async Task<JsonElement> StepAsync() => await _steps.Reader.ReadAsync().AsTask().Soon();

    public async Task<JsonElement> RegistrationAsync() => await _registrations.Reader.ReadAsync().AsTask().Soon();

    /// <summary>The next that is said about the progress of something, its beginning and end included.</summary>
    public async Task<JsonElement> ProgressAsync() => await _progress.Reader.ReadAsync().AsTask().Soon();

    /// <summary>The next line that the user is shown.</summary>
    public Task<string?> MessageAsync() => MessageAsync(type: 3);

    /// <summary>The next line that the user is warned with.</summary>
    public Task<string?> WarningAsync() => MessageAsync(type: 2);

    private async Task<string?> MessageAsync(int type)
    {
        JsonElement message = await _messages.Reader.ReadAsync().AsTask().Soon();
        Assert.Equal(type, message.GetProperty("type").GetInt32());
        return message.GetProperty("message").GetString();
    }

    /// <summary>The next edit that the server has the client apply.</summary>
    public async Task<JsonElement> AppliedAsync() => await _edits.Reader.ReadAsync().AsTask().Soon();

    /// <summary>Whether there are lines for the user, or edits, that the test has not looked at.</summary>
    public bool HasUnreadMessages => _messages.Reader.TryPeek(out _) || _edits.Reader.TryPeek(out _);

    /// <summary>The log lines that have come and were not read.</summary>
    public IEnumerable<string?> UnreadLogs()
    {
        while (_logs.Reader.TryRead(out JsonElement line))
        {
            yield return line.GetProperty("message").GetString();
        }
    }

    /// <summary>Waits for the server to end the connection, and gives its exit code.</summary>
    public async Task<int> ClosedAsync()
    {
        _isLeft = true;
        return await ExitCode.Soon();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isLeft)
        {
            await Client.InvokeAsync<JsonElement?>("shutdown").Soon();
            await Client.NotifyAsync("exit");
            Assert.Equal(0, await ExitCode.Soon());
        }

        Client.Dispose();
    }

    private sealed class Notified(LspSession session)
    {
        [JsonRpcMethod("diffusion/status", UseSingleObjectParameterDeserialization = true)]
        public void Status(JsonElement status) => session._statuses.Writer.TryWrite(status);

        [JsonRpcMethod("window/logMessage", UseSingleObjectParameterDeserialization = true)]
        public void Log(JsonElement line) => session._logs.Writer.TryWrite(line);

        [JsonRpcMethod("diffusion/denoisingStep", UseSingleObjectParameterDeserialization = true)]
        public void Step(JsonElement step) => session._steps.Writer.TryWrite(step);

        [JsonRpcMethod("$/progress", UseSingleObjectParameterDeserialization = true)]
        public void Progress(JsonElement progress) => session._progress.Writer.TryWrite(progress);

        [JsonRpcMethod("window/workDoneProgress/create", UseSingleObjectParameterDeserialization = true)]
        public object? CreateProgress(JsonElement place)
        {
            session._progress.Writer.TryWrite(place);
            return session.Refusal is { } refusal ? throw refusal : null;
        }

        [JsonRpcMethod("client/registerCapability", UseSingleObjectParameterDeserialization = true)]
        public object? Register(JsonElement registration)
        {
            session._registrations.Writer.TryWrite(registration);
            return session.Refusal is { } refusal ? throw refusal : null;
        }
    }

    private sealed class Edited(ChannelWriter<JsonElement> messages, ChannelWriter<JsonElement> edits)
    {
        [JsonRpcMethod("window/showMessage", UseSingleObjectParameterDeserialization = true)]
        public void Show(JsonElement message) => messages.TryWrite(message);

        [JsonRpcMethod("workspace/applyEdit", UseSingleObjectParameterDeserialization = true)]
        public object Apply(JsonElement edit)
        {
            edits.TryWrite(edit);
            return new { applied = true };
        }
    }
}
