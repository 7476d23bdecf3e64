using System.Globalization;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Completion.Policy;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.EngineProcess;
using DiffusionLsp.Server.Evaluation;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Remote;

namespace DiffusionLsp.Server;

/// <summary>The composition root of the executable <c>diffusionlsp</c>: every <c>new</c> is a wire.</summary>
internal static class Program
{
    private const string EmbeddedModel = "quicksilver";

    private static Task<int> Main(string[] arguments) =>
        InstalledContext.TryRun(arguments) is { } exitCode ? Task.FromResult(exitCode) : RunAsync(arguments);

    private static Task<int> RunAsync(string[] arguments)
    {
        var terminal = Terminal.OfProcess();
        var commandLine = new CommandLine(
            terminal,
            new InfillCommand(terminal, choice => Served(choice) ?? (IInfiller)Load(choice), ModelFolder.Installed),
            ServeCommand.Create(choice => Served(choice) ?? (IInfiller)Measure(choice), (choice, engine) => Served(choice) ?? (IInfiller)Share(choice, engine), ModelFolder.Installed, () => Models().Report()),
            EngineCommand.Create(Measure, AddressOf),
            new DoctorCommand(terminal, Examine),
            new ModelsCommand(terminal, Models()),
            new RuntimeCommand(terminal, Runtimes()),
            new BenchCommand(terminal, Load, Probes()),
            new EvalCommand(terminal, Load, Tools()));
        return commandLine.RunAsync(arguments);
    }

    // The one way from serving to a network, and only where the user has named an engine.
    private static HttpInfiller? Served(ModelChoice choice) => choice.Engine is { } engine
        ? new HttpInfiller(engine, Environment.GetEnvironmentVariable, new RemoteLimits(), TimeProvider.System)
        : null;

    private static DiffusionInfiller Load(ModelChoice choice) => DiffusionInfiller.Load(OptionsOf(choice));

    private static InfillerOptions OptionsOf(ModelChoice choice) => new()
    {
        ModelFolder = FolderOf(choice),
        Device = DeviceOf(choice),
        Dtype = DtypeOf(choice),
        Caching = choice.Caching,
        Card = ModelCatalog.OfProgram().FindFolder(FolderOf(choice))?.Card ?? ModelCard.Blank,
        OnLoaded = choice.OnLoaded,
    };

    private static MeasuredInfiller Measure(ModelChoice choice) => MeasuredInfiller.Of(Load(choice));

    private static RemoteInfiller Share(ModelChoice choice, SharedEngine engine)
    {
        var launcher = new EngineLauncher(engine.Logger, AddressOf(choice), () => OwnExecutable.With(
            "engine", "--model", FolderOf(choice), "--device", DeviceOf(choice), "--dtype", DtypeOf(choice),
            "--idle-minutes", engine.IdleMinutes.ToString(CultureInfo.InvariantCulture)));
        if (choice.IsFresh)
        {
            launcher.Stop();
        }

        return RemoteInfiller.Start(launcher.Connect, choice.OnLoaded);
    }

    private static EngineAddress AddressOf(ModelChoice choice) => EngineAddress.For(
        FolderOf(choice), $"{DeviceOf(choice)} {DtypeOf(choice)}");

    private static string FolderOf(ModelChoice choice) => ModelFolder.Resolve(choice.Model ?? EmbeddedModel);

    private static string DeviceOf(ModelChoice choice) => choice.Device ?? "auto";

    private static string DtypeOf(ModelChoice choice) => choice.Dtype ?? "auto";

    private static DoctorReport Examine() =>
        DoctorReport.Of(TorchRuntime.Inspect(), ModelFolder.Installed(), ModelFolder.SearchPath(), EmbeddedModel);

    private static ModelTools Models() => new()
    {
        Catalog = ModelCatalog.OfProgram,
        Store = () => new LocalStore(ModelFolder.InstallFolder()),
        Installed = ModelFolder.Installed,
        Memory = TorchRuntime.InspectMemory,
        Hub = () => HubSettings.Of(Environment.GetEnvironmentVariable),
    };

    private static RuntimeTools Runtimes() => new()
    {
        Inspect = TorchRuntime.Inspect,
        Store = () => new LocalStore(InstalledRuntime.Home()) { Variable = InstalledRuntime.Variable },
        Variable = Environment.GetEnvironmentVariable,
    };

    private static EvalTools Tools() => new()
    {
        Folder = Path.Combine(AppContext.BaseDirectory, "eval"),
        FindSandbox = () => PythonSandbox.Find(new SandboxLimits()),
    };

    private static BenchProbes Probes() => new()
    {
        Gaps = () => SampleGaps.In(Path.Combine(AppContext.BaseDirectory, "samples")),
        LoadAndMultiply = EngineBenchmark.LoadAndMultiply,
        LoadAndStep = folder => CheckpointBenchmark.LoadAndStep(folder, "auto"),
        OptionsOf = OptionsOf,
        Matmul = EngineBenchmark.MatmulGigaflops,
        Forward = (model, tokens) => EngineBenchmark.Forward(
            new InfillerOptions { ModelFolder = model.Folder, Device = model.Device, Dtype = model.Dtype }, tokens),
        Cold = ColdProcess.Run,
    };
}
