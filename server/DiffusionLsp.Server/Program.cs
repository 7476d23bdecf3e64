using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server;

/// <summary>The composition root of the executable <c>diffusionlsp</c>: every <c>new</c> is a wire.</summary>
internal static class Program
{
    private const string EmbeddedModel = "quicksilver";

    private static Task<int> Main(string[] arguments)
    {
        var terminal = Terminal.OfProcess();
        var commandLine = new CommandLine(
            terminal,
            new InfillCommand(terminal, Load, ModelFolder.Installed),
            ServeCommand.Create(Load, ModelFolder.Installed),
            new DoctorCommand(terminal, Examine),
            new BenchCommand(terminal, Load, Probes()),
            new EvalCommand(terminal, Load, Tools()));
        return commandLine.RunAsync(arguments);
    }

    private static IInfiller Load(ModelChoice choice) => DiffusionInfiller.Load(new InfillerOptions
    {
        ModelFolder = ModelFolder.Resolve(choice.Model ?? EmbeddedModel),
        Device = choice.Device ?? "auto",
    });

    private static DoctorReport Examine() =>
        DoctorReport.Of(TorchRuntime.Inspect(), ModelFolder.Installed(), ModelFolder.SearchPath(), EmbeddedModel);

    private static EvalTools Tools() => new()
    {
        Folder = Path.Combine(AppContext.BaseDirectory, "eval"),
        FindSandbox = () => PythonSandbox.Find(new SandboxLimits()),
    };

    private static BenchProbes Probes() => new()
    {
        Gaps = () => SampleGaps.In(Path.Combine(AppContext.BaseDirectory, "samples")),
        LoadAndMultiply = EngineBenchmark.LoadAndMultiply,
        Matmul = EngineBenchmark.MatmulGigaflops,
        Forward = (model, tokens) => EngineBenchmark.Forward(
            new InfillerOptions { ModelFolder = model.Folder, Device = model.Device, Dtype = model.Dtype }, tokens),
        Cold = ColdProcess.Run,
    };
}
