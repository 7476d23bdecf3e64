using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;

namespace DiffusionLsp.Server.Cli;

/// <summary>What the parts of <c>diffusionlsp runtime</c> work with; nothing of it is looked at before it is needed.</summary>
internal sealed record RuntimeTools
{
    /// <summary>Loads libtorch and says what there is.</summary>
    public required Func<RuntimeReport> Inspect { get; init; }

    /// <summary>Where runtimes are installed.</summary>
    public required Func<LocalStore> Store { get; init; }

    /// <summary>Gives a variable of the environment.</summary>
    public required Func<string, string?> Variable { get; init; }
}
