using System.CommandLine;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server;

/// <summary>The composition root of the executable <c>diffusionlsp</c>.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        RootCommand root = new("Fills gaps in source code with a masked-diffusion model that runs on this machine.")
        {
            ServeCommand.Create(Load),
        };
        return root.Parse(arguments).InvokeAsync();
    }

    private static IInfiller Load(ModelChoice choice) =>
        throw new CheckpointException($"There is no model {choice.Model}: name a folder with config.json in it.");
}
