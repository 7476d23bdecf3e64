using System.CommandLine;
using DiffusionLsp.Engine;
using DiffusionLsp.Training.Cli;

namespace DiffusionLsp.Training;

/// <summary>The composition root of the executable <c>diffusionlsp-train</c>.</summary>
internal static class Program
{
    private const int UserError = 2;

    private static async Task<int> Main(string[] args)
    {
        var root = new RootCommand("Prepares corpora, trains tokenizers and networks, and exports checkpoints.")
        {
            CorpusCommand.Create(),
            TokenizerCommand.Create(),
            FitCommand.Create(),
            AblateCommand.Create(),
            ExportCommand.Create(),
        };
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception) when (exception is EngineException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"diffusionlsp-train: {exception.Message}");
            return UserError;
        }
    }
}
