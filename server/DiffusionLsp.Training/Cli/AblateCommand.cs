using System.CommandLine;
using DiffusionLsp.Training.Ablation;
using DiffusionLsp.Training.Fitting;
using Spectre.Console;

namespace DiffusionLsp.Training.Cli;

/// <summary><c>diffusionlsp-train ablate</c>: short runs that differ in something, and a table of what came of them.</summary>
internal static class AblateCommand
{
    private const int Interrupted = 130;

    private static readonly Argument<DirectoryInfo> s_corpus = new("corpus") { Description = "The prepared corpus." };
    private static readonly Argument<FileInfo> s_file = new("file") { Description = "The runs, in JSON; docs/training.md describes it." };
    private static readonly Argument<DirectoryInfo> s_out = new("out") { Description = "The folder of the runs and the table; runs that are there are continued." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("ablate", "Compare short training runs.") { s_corpus, s_file, s_out };
        command.SetAction((result, token) => Task.FromResult(Run(result, token)));
        return command;
    }

    private static int Run(ParseResult result, CancellationToken token)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        string folder = result.GetRequiredValue(s_out).FullName;
        var runner = new AblationRunner(
            AblationFile.Load(result.GetRequiredValue(s_file).FullName),
            result.GetRequiredValue(s_corpus).FullName, folder, new FitDisplay(console, error));
        if (runner.Run(token) is not { } rows)
        {
            error.WriteLine("interrupted; the same command goes on from here.");
            return Interrupted;
        }

        var table = new AblationTable(rows);
        table.Write(folder);
        table.Print(console);
        return 0;
    }
}
