using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>The built server over its real standard input and output, with the embedded model and one document open.</summary>
internal sealed class ServedExecutable : IAsyncDisposable
{
    public const string Text = "def add(first, second):\n    return first + second\n\n\ndef add(first, second):\n    return \n";
    public const string Uri = "file:///w/a.py";

    private readonly Process _process;
    private readonly RawClient _client;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private int _id;

    private ServedExecutable(Process process)
    {
        _process = process;
        _client = new RawClient(process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
        Log = ReadLogAsync(process.StandardError);
    }

    /// <summary>All that the server wrote to standard error, once it has ended.</summary>
    public Task<string> Log { get; }

    public int ProcessId => _process.Id;

    /// <summary>What one forward pass over a full window takes, as the server says.</summary>
    public double ForwardMs { get; private set; }

    /// <summary>Every message that came.</summary>
    public IReadOnlyList<JsonObject> Received => _client.Received;

    /// <summary>
    /// A server whose engine lives in a folder of the test's own, ready to infill. However busy the machine is, an answer
    /// is waited for, and never made in fewer steps.
    /// </summary>
    public static Task<ServedExecutable> ReadyAsync(string folder, params IEnumerable<string> arguments) =>
        ReadyAsync(folder, new { invokedTimeBudgetMs = 600_000, timeBudgetMs = 600_000 }, arguments);

    /// <summary>The same with settings.</summary>
    public static async Task<ServedExecutable> ReadyAsync(string folder, object settings, params IEnumerable<string> arguments)
    {
        ServedExecutable server = new(Start(folder, arguments));
        await server.RequestAsync("initialize", new
        {
            processId = Environment.ProcessId,
            capabilities = new { },
            initializationOptions = settings,
        });
        await server.NotifyAsync("initialized", new { });
        JsonObject ready = await server._client.NotificationAsync(
            "diffusion/status", status => (string?)status["state"] == "ready");
        server.ForwardMs = (double?)ready["params"]!["forwardMs"] ?? 0;
        await server.NotifyAsync("textDocument/didOpen", new
        {
            textDocument = new { uri = Uri, languageId = "python", version = 1, text = Text },
        });
        return server;
    }

    /// <summary>The suggestion at the document's open end, asked for by a command; null where there is none.</summary>
    public async Task<string?> CompleteAsync(int line = 5, int character = 11)
    {
        // The client's notification empties what was kept, so that the engine is asked each time.
        await NotifyAsync("workspace/didChangeConfiguration", new { settings = new { diffusionlsp = new { maxTokens = 30 + (_id % 2) } } });
        JsonNode? result = await RequestAsync("textDocument/inlineCompletion", new
        {
            textDocument = new { uri = Uri },
            position = new { line, character },
            context = new { triggerKind = 1 },
        });
        return (string?)result?["items"]?[0]?["insertText"];
    }

    public async Task<JsonNode?> RequestAsync(string method, object? parameters)
    {
        JsonObject answer = await AnswerAsync(await BeginAsync(method, parameters));
        Assert.True(answer.ContainsKey("result"), answer.ToJsonString());
        return answer["result"];
    }

    /// <summary>Sends a request and gives its id.</summary>
    public async Task<int> BeginAsync(string method, object? parameters)
    {
        int id = ++_id;
        await _client.SendAsync(new Dictionary<string, object?>
        {
            ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters,
        });
        return id;
    }

    public Task<JsonObject> AnswerAsync(int id) => _client.AnswerAsync(id);

    public Task NotifyAsync(string method, object? parameters) => _client.SendAsync(
        new Dictionary<string, object?> { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = parameters });

    /// <summary>Waits for a line of the log, the next one that matches, and gives what the pattern's group found in it.</summary>
    public async Task<string> LogLineAsync(string pattern)
    {
        while (true)
        {
            Match match = Regex.Match(await _lines.Reader.ReadAsync().AsTask().Soon(), pattern);
            if (match.Success)
            {
                return match.Groups[1].Value;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RequestAsync("shutdown", null);
        await NotifyAsync("exit", null);
        await _client.ReadToEndAsync();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(0, _process.ExitCode);
        _process.Dispose();
    }

    private async Task<string> ReadLogAsync(StreamReader log)
    {
        StringBuilder all = new();
        while (await log.ReadLineAsync() is { } line)
        {
            all.AppendLine(line);
            _lines.Writer.TryWrite(line);
        }

        return all.ToString();
    }

    private static Process Start(string folder, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_RUNTIME_DIR"] = folder;
        start.Environment["XDG_DATA_HOME"] = folder;
        start.Environment["LOCALAPPDATA"] = folder;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "diffusionlsp.dll"));
        foreach (string argument in (string[])["serve", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
