using System.Text.Json;

namespace DiffusionLsp.Server.Protocol;

/// <summary>The parameters of <c>workspace/executeCommand</c>.</summary>
internal sealed record ExecuteCommandParams
{
    /// <summary>The command's name.</summary>
    public required string Command { get; init; }

    /// <summary>What the command takes; null where it takes nothing.</summary>
    public IReadOnlyList<JsonElement>? Arguments { get; init; }
}

/// <summary>The commands that a server offers.</summary>
internal sealed record ExecuteCommandOptions
{
    /// <summary>Their names.</summary>
    public required IReadOnlyList<string> Commands { get; init; }
}
