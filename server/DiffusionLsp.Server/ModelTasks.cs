using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Protocol;
using StreamJsonRpc;

namespace DiffusionLsp.Server;

/// <summary>
/// Does what a client asks to be done to models, each in a process of its own: <c>diffusionlsp models …</c> opens the
/// connections, and the server none. A pull shows how far it is and can be cancelled; what has come is kept then.
/// </summary>
internal sealed class ModelTasks : IDisposable
{
    private const int RequestFailed = -32803;
    private const int RequestCancelled = -32800;
    private const string TokenPrefix = "diffusionlsp/models/";

    private readonly LspConnection _connection;
    private readonly Func<IReadOnlyList<string>, ProcessStartInfo> _start;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, CancellationTokenSource> _running = [];
    private int _count;

    /// <summary>Makes it.</summary>
    /// <param name="connection">Where progress is shown.</param>
    /// <param name="start">How this program is started with arguments.</param>
    public ModelTasks(LspConnection connection, Func<IReadOnlyList<string>, ProcessStartInfo> start)
    {
        _connection = connection;
        _start = start;
    }

    /// <summary>Whether the client shows progress that the server begins.</summary>
    public bool ShowsProgress { get; set; }

    /// <summary>Runs a command of the client's.</summary>
    /// <returns>What came of it.</returns>
    /// <exception cref="LocalRpcException">It failed; the message is for the user.</exception>
    public async Task<JsonElement?> RunAsync(ExecuteCommandParams command, CancellationToken token)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        string name = Register(stop);
        try
        {
            return command.Command == ServerCommands.PullModel
                ? await PullAsync(ArgumentsOf(command), name, stop.Token).ConfigureAwait(false)
                : await RunAsync(ArgumentsOf(command), _ => Task.CompletedTask, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            throw new LocalRpcException("Cancelled; what has come is kept.") { ErrorCode = RequestCancelled };
        }
        finally
        {
            lock (_lock)
            {
                _running.Remove(name);
            }
        }
    }

    /// <summary>The client cancels what it is shown the progress of; a name that is none of ours is passed over.</summary>
    public void Cancel(string progressToken)
    {
        lock (_lock)
        {
            if (_running.TryGetValue(progressToken, out CancellationTokenSource? task))
            {
                task.Cancel();
            }
        }
    }

    /// <summary>Ends all that is under way.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (CancellationTokenSource task in _running.Values)
            {
                task.Cancel();
            }
        }
    }

    private string Register(CancellationTokenSource task)
    {
        lock (_lock)
        {
            string name = TokenPrefix + ++_count;
            _running.Add(name, task);
            return name;
        }
    }

    private async Task<JsonElement?> PullAsync(string[] arguments, string progress, CancellationToken token)
    {
        string title = $"pulling {arguments[2]}";
        bool isShown = ShowsProgress && await _connection
            .RequestAsync(OutgoingMessages.CreateProgress, new WorkDoneProgressCreateParams { Token = progress }).ConfigureAwait(false);
        await ShowAsync(
            new WorkDoneProgressBegin { Kind = "begin", Title = "DiffusionLsp", Cancellable = true, Message = title, Percentage = 0 },
            LspJson.Default.WorkDoneProgressBegin).ConfigureAwait(false);
        string outcome = $"{arguments[2]} is not installed";
        try
        {
            JsonElement? result = await RunAsync(arguments, ReportAsync, token).ConfigureAwait(false);
            outcome = $"{arguments[2]} is installed";
            return result;
        }
        finally
        {
            await ShowAsync(new WorkDoneProgressEnd { Kind = "end", Message = outcome }, LspJson.Default.WorkDoneProgressEnd).ConfigureAwait(false);
        }

        Task ReportAsync(ModelEvent now) => ShowAsync(
            new WorkDoneProgressReport { Kind = "report", Message = MessageOf(title, now), Percentage = now.Percent },
            LspJson.Default.WorkDoneProgressReport);

        async Task ShowAsync<T>(T value, JsonTypeInfo<T> type)
        {
            if (isShown)
            {
                await _connection.SendAsync(
                    OutgoingMessages.Progress,
                    new ProgressParams { Token = progress, Value = JsonSerializer.SerializeToElement(value, type) }).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Runs the program, tells what happens meanwhile, and gives what happened last.</summary>
    private async Task<JsonElement?> RunAsync(string[] arguments, Func<ModelEvent, Task> onEvent, CancellationToken token)
    {
        ProcessStartInfo start = _start(arguments);

        // Nothing of the server's own streams may be inherited: they belong to its client.
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start) ?? throw new LocalRpcException("The program cannot be started.") { ErrorCode = RequestFailed };
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using CancellationTokenRegistration killing = token.Register(() => Kill(process));
        ModelEvent? last = null;
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            last = JsonSerializer.Deserialize(line, CliJson.Readable.ModelEvent);
            if (last is { Event: "progress" or "waiting" })
            {
                await onEvent(last).ConfigureAwait(false);
            }
        }

        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        token.ThrowIfCancellationRequested();
        return process.ExitCode == 0 && last is not null
            ? JsonSerializer.SerializeToElement(last, LspJson.Default.ModelEvent)
            : throw new LocalRpcException(CommandLine.MessageOf(await error.ConfigureAwait(false))) { ErrorCode = RequestFailed };
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>The command line of a command: <c>["NAME"]</c>, or an object with <c>model</c>, <c>name</c> and <c>acceptLicence</c>.</summary>
    private static string[] ArgumentsOf(ExecuteCommandParams command)
    {
        JsonElement argument = command.Arguments is [var first, ..] ? first : default;
        string? model = argument.ValueKind == JsonValueKind.String ? argument.GetString() : Text(argument, "model");
        if (string.IsNullOrWhiteSpace(model) || model.StartsWith('-'))
        {
            throw new LocalRpcException($"'{command.Command}' takes a model's name.") { ErrorCode = (int)StreamJsonRpc.Protocol.JsonRpcErrorCode.InvalidParams };
        }

        string verb = command.Command[(ServerCommands.Models.Length + 1)..];
        return
        [
            "models", verb, model, "--json",
            .. verb == "verify" ? [] : new[] { "--yes" },
            .. verb == "pull" && argument.Member("acceptLicence") is { ValueKind: JsonValueKind.True } ? new[] { "--accept-licence" } : [],
            .. verb == "pull" && Text(argument, "name") is { } name ? new[] { "--name=" + name } : [],
        ];
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static string MessageOf(string title, ModelEvent now) => now switch
    {
        { Event: "waiting" } => $"{title}: another process is at it",
        { SecondsLeft: { } seconds } => $"{title}, {TimeSpan.FromSeconds(Math.Min(seconds, 359_999)):h\\:mm\\:ss} left",
        _ => title,
    };
}
