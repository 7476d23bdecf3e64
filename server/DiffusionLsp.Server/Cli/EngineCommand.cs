using System.CommandLine;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.EngineProcess;
using DiffusionLsp.Server.Logging;
using Microsoft.Extensions.Logging;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp engine</c>: the process that makes the infills for all editor windows of a user. Language servers start
/// it when they need it; nobody has to.
/// </summary>
internal static class EngineCommand
{
    /// <summary>The minutes without a request after which an engine leaves, unless somebody says otherwise.</summary>
    public const double DefaultIdleMinutes = 10;

    /// <summary>Makes the command.</summary>
    /// <param name="load">Loads the model.</param>
    /// <param name="address">Where the engine for a model is found.</param>
    public static Command Create(Func<ModelChoice, IInfiller> load, Func<ModelChoice, EngineAddress> address)
    {
        Option<string?> model = SharedOptions.Model();
        Option<string?> device = SharedOptions.Device();
        Option<string?> dtype = SharedOptions.Dtype();
        Option<double?> idle = IdleMinutes();
        Command command = new("engine", "Run the engine that language servers share (they start it by themselves).")
        {
            model, device, dtype, idle,
        };
        command.SetAction(async (arguments, token) =>
        {
            ModelChoice choice = new(arguments.GetValue(model), arguments.GetValue(device)) { Dtype = arguments.GetValue(dtype) };
            Console.SetOut(Console.Error);
            using ILoggerFactory logging = LoggerFactory.Create(log => log.AddProvider(new LineLoggerProvider(Console.Error)));
            ILogger logger = logging.CreateLogger("engine");
            using EngineHost host = new(
                logger,
                onLoaded => Loaded(load(choice with { OnLoaded = onLoaded }), logger),
                TimeSpan.FromMinutes(arguments.GetValue(idle) ?? DefaultIdleMinutes));
            await host.RunAsync(address(choice), token).ConfigureAwait(false);
            logger.LogInformation("Leaving, with {Tensors} live tensors.", TorchRuntime.LiveTensors);
        });
        return command;
    }

    private static IInfiller Loaded(IInfiller infiller, ILogger logger)
    {
        logger.LogInformation("Loaded, with {Tensors} live tensors.", TorchRuntime.LiveTensors);
        return infiller;
    }

    /// <summary><c>--idle-minutes</c>; null where the default is meant.</summary>
    public static Option<double?> IdleMinutes() => new("--idle-minutes")
    {
        Description = $"Let the engine leave after so many minutes without a request [default: {DefaultIdleMinutes}].",
        HelpName = "MINUTES",
        CustomParser = SharedOptions.Number(0.01, 7 * 24 * 60),
    };
}
