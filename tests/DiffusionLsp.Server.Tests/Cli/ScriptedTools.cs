using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server.Tests.Cli;

/// <summary>Evaluation without Python: a program passes where it adds.</summary>
internal static class ScriptedTools
{
    public static EvalTools Create() => new()
    {
        Folder = Path.Combine(AppContext.BaseDirectory, "eval"),
        FindSandbox = () => new SandboxSearch((program, _) => program.Contains("return a + b\n", StringComparison.Ordinal), ""),
    };
}
