using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server;

/// <summary>The composition root of the executable <c>diffusionlsp</c>: every <c>new</c> is a wire.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        var terminal = Terminal.OfProcess();
        var commandLine = new CommandLine(
            terminal,
            new InfillCommand(terminal, n => n ?? "models/quicksilver", _ => throw new NotSupportedException()));
        return commandLine.RunAsync(arguments);
    }
}
