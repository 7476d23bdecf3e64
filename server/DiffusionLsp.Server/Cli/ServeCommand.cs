using System.CommandLine;
using System.Diagnostics;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Logging;
using DiffusionLsp.Server.Protocol;
using Microsoft.Extensions.Logging;
using Command = System.CommandLine.Command;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp serve</c>: the language server over standard input and output, or a pipe. Standard output belongs to
/// the protocol from the first byte on; whatever else writes there is sent to standard error.
/// </summary>
internal static class ServeCommand
{
    private static readonly TimeSpan _pulse = TimeSpan.FromSeconds(3);

    /// <summary>Makes the command.</summary>
    /// <param name="load">Loads the model into this process; called on the engine's thread.</param>
    /// <param name="share">Comes to the engine that all servers share, likewise.</param>
    /// <param name="installed">Looks for the models on this machine.</param>
    /// <param name="models">Lists them, and those that are known elsewhere.</param>
    public static Command Create(
        Func<ModelChoice, IInfiller> load,
        Func<ModelChoice, SharedEngine, IInfiller> share,
        Func<IReadOnlyList<CheckpointStatus>> installed,
        Func<ModelReport> models)
    {
        Option<string?> model = SharedOptions.Model();
        Option<string?> device = SharedOptions.Device();
        Option<string?> dtype = SharedOptions.Dtype();

        Option<string?> pipe = new("--pipe")
        {
            Description = "Serve over a pipe that the editor listens on: a socket's path, on Windows a named pipe.",
            HelpName = "NAME",
        };

        // Language clients add these by themselves; they change nothing.
        Option<bool> stdio = new("--stdio") { Description = "Serve over standard input and output (the default)." };
        Option<int?> clientProcess = new("--clientProcessId") { Hidden = true };
        Option<bool> inProcess = new("--in-process")
        {
            Description = "Load the model into the server's own process instead of the engine that all servers share.",
        };
        Option<double?> idle = EngineCommand.IdleMinutes();
        RemoteOptions remote = new();
        Command command = new("serve", "Serve an editor: the language server protocol over standard input and output.")
        {
            model, device, dtype, pipe, stdio, inProcess, idle, clientProcess,
        };
        remote.AddTo(command);
        command.SetAction(async (arguments, token) =>
        {
            double minutes = arguments.GetValue(idle) ?? EngineCommand.DefaultIdleMinutes;
            ModelChoice choice = new(arguments.GetValue(model), arguments.GetValue(device))
            {
                Dtype = arguments.GetValue(dtype),
                Engine = remote.Read(arguments),
            };
            Func<ILogger, Func<ModelChoice, IInfiller>> loader = arguments.GetValue(inProcess)
                ? _ => load
                : logger => wanted => share(wanted, new SharedEngine(logger, minutes));
            (Stream input, Stream output) = arguments.GetValue(pipe) is { } name
                ? await TakePipeAsync(name, token).ConfigureAwait(false)
                : (Console.OpenStandardInput(), Console.OpenStandardOutput());
            await using (input)
            await using (output)
            {
                return await ServeAsync(
                    logger => new LanguageServerHost(logger, loader(logger), choice)
                    {
                        FiguresFile = FiguresFile,
                        ClientExit = WaitForExitAsync,
                        Installed = installed,
                        ListModels = models,
                        StartSelf = OwnExecutable.With,
                    },
                    (input, output),
                    token).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static async Task<(Stream Input, Stream Output)> TakePipeAsync(string name, CancellationToken token)
    {
        Stream pipe = await ClientPipe.ConnectAsync(name, token).ConfigureAwait(false);
        return (pipe, pipe);
    }

    private static string FiguresFile => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "diffusionlsp", "figures.json");

    private static async Task<int> ServeAsync(
        Func<ILogger, LanguageServerHost> create, (Stream Input, Stream Output) client, CancellationToken token)
    {
        Console.SetOut(Console.Error);
        using ILoggerFactory logging = LoggerFactory.Create(log => log.AddProvider(new LineLoggerProvider(Console.Error)));
        LanguageServerHost host = create(logging.CreateLogger("serve"));
        return await host.RunAsync(client.Input, client.Output, token).ConfigureAwait(false);
    }

    private static async Task WaitForExitAsync(int processId, CancellationToken token)
    {
        using PeriodicTimer pulse = new(_pulse);
        while (IsRunning(processId))
        {
            await pulse.WaitForNextTickAsync(token).ConfigureAwait(false);
        }
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using Process process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>How a language server uses the engine that all servers share.</summary>
/// <param name="Logger">Takes what an engine logs that this server starts.</param>
/// <param name="IdleMinutes">When such an engine leaves.</param>
internal sealed record SharedEngine(ILogger Logger, double IdleMinutes);
