using System.Diagnostics;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Completion.Context;
using DiffusionLsp.Server.Completion.Policy;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.EditorState;
using DiffusionLsp.Server.Edits;
using DiffusionLsp.Server.Protocol;
using Microsoft.Extensions.Logging;
using StreamJsonRpc;

namespace DiffusionLsp.Server;

/// <summary>
/// The life of one language server, from the first byte to the exit code, over any pair of streams. The wiring
/// diagram of the serving half of the product.
/// </summary>
internal sealed class LanguageServerHost
{
    private readonly ILogger _logger;
    private readonly Func<ModelChoice, IInfiller> _load;
    private readonly ModelChoice _commandLine;

    /// <summary>Makes the host.</summary>
    /// <param name="logger">Where the server's own log goes; never standard output.</param>
    /// <param name="load">Loads the model; runs on the engine's thread.</param>
    /// <param name="commandLine">What the command line asks for; it has the last word over the client's settings.</param>
    public LanguageServerHost(ILogger logger, Func<ModelChoice, IInfiller> load, ModelChoice commandLine)
    {
        _logger = logger;
        _load = load;
        _commandLine = commandLine;
    }

    /// <summary>
    /// Completes when the process with this id, the client's, has gone: the server follows it. Null watches nothing.
    /// </summary>
    public Func<int, CancellationToken, Task>? ClientExit { get; init; }

    /// <summary>The models on this machine, for naming one that knows a language better.</summary>
    public Func<IReadOnlyList<CheckpointStatus>> Installed { get; init; } = () => [];

    /// <summary>The models that are here and those that are known.</summary>
    public Func<ModelReport> ListModels { get; init; } =
        () => new ModelReport { Folder = "", TotalMemoryBytes = 0, AvailableMemoryBytes = 0, Models = [] };

    /// <summary>How this program is started with arguments, to do something to models.</summary>
    public Func<IReadOnlyList<string>, ProcessStartInfo> StartSelf { get; init; } = OwnExecutable.With;

    /// <summary>The clock, which decides about nothing but when the client is told something.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The file of the acceptance figures; null keeps none.</summary>
    public string? FiguresFile { get; init; }

    /// <summary>What the editor tells of itself.</summary>
    public Editor Editor { get; } = new();

    /// <summary>Serves one client until it leaves.</summary>
    /// <returns>0 where the client took its leave as the protocol asks, else 1.</returns>
    public async Task<int> RunAsync(Stream input, Stream output, CancellationToken token)
    {
        using InfillQueue queue = new(_logger);
        using LspConnection connection = new(input, output);
        DocumentStore documents = new();
        SuggestionCache cache = new();
        StatusReporter status = new(connection, queue.Status);
        LanguageGuard languages = new(Installed);
        DenoisingFeed feed = new(connection, Time);
        RequestLog log = new();
        using AcceptanceFigures figures = new(FiguresFile, Time);
        SuggestionPolicy policy = new(() => queue.Status, languages, new OpenFiles(documents, Editor));
        InlineCompletionService completions = new(
            documents, cache, policy, new InfillsAhead(queue), new Alternatives(queue), feed, log, figures);
        LoadingProgress progress = new(connection, Time);
        using ModelTasks models = new(connection, StartSelf);
        InlineCompletionRegistration registration = new(connection);
        LanguageServer server = new(new ServerParts
        {
            Documents = documents,
            Notebooks = new NotebookStore(documents),
            Completions = completions,
            Fallback = new CompletionFallback(documents, completions),
            Edits = new EditService(documents, policy, queue, connection),
            Feed = feed,
            Cache = cache,
            Queue = queue,
            Log = log,
            Figures = figures,
            Status = status,
            SettingFaults = new SettingFaults(connection),
            Progress = progress,
            Registration = registration,
            Editor = Editor,
            Models = models,
            ListModels = ListModels,
            Load = _load,
            CommandLine = _commandLine,
        });
        queue.StatusChanged += status.Report;
        queue.StatusChanged += progress.Report;
        queue.StatusChanged += registration.Report;
        log.Added += status.Report;
        EarlyCollection collection = new();
        log.Added += _ => collection.Tick();
        languages.Refused += status.ReportUnknownLanguage;
        connection.AddLocalRpcTarget(server, new JsonRpcTargetOptions { DisposeOnDisconnect = false });
        connection.StartListening();

        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task first = await Task
            .WhenAny(connection.Failed, connection.Completion, server.ExitRequested, ClientGoneAsync(server, over.Token))
            .ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        return first == server.ExitRequested
            ? await LeaveAsync(connection, queue, models, server).ConfigureAwait(false)
            : await ReportAsync(first).ConfigureAwait(false);
    }

    private static async Task<int> LeaveAsync(
        LspConnection connection, InfillQueue queue, ModelTasks models, LanguageServer server)
    {
        // A client that sends exit right behind a request still gets its answer: the end of what makes it gives it one.
        queue.Close();
        models.Dispose();
        await Task.WhenAny(connection.AnsweredAsync(), connection.Completion).ConfigureAwait(false);
        return await server.ExitRequested.ConfigureAwait(false);
    }

    private async Task<int> ReportAsync(Task ended)
    {
        try
        {
            await ended.ConfigureAwait(false);
            _logger.LogInformation("The client has gone without taking its leave.");
        }
        catch (OperationCanceledException)
        {
            _logger.LogInformation("Stopped.");
        }
#pragma warning disable CA1031 // Whatever ended the connection is the last line of the log.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError("The connection is closed: {Reason}", failure.Message.ReplaceLineEndings(" "));
        }

        return 1;
    }

    private async Task ClientGoneAsync(LanguageServer server, CancellationToken token)
    {
        int? process = await server.ClientProcess.WaitAsync(token).ConfigureAwait(false);
        Task gone = process is { } id && ClientExit is { } exit ? exit(id, token) : Task.Delay(Timeout.Infinite, token);
        await gone.ConfigureAwait(false);
    }
}
