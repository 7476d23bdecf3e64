using System.Text.Json;

namespace DiffusionLsp.Server.Protocol;

/// <summary>The parameters of <c>workspace/didChangeConfiguration</c>.</summary>
internal sealed record DidChangeConfigurationParams
{
    /// <summary>The settings by section; null where the client wants to be asked for them.</summary>
    public required JsonElement Settings { get; init; }
}

/// <summary>What the server can do with workspaces.</summary>
internal sealed record WorkspaceOptions
{
    /// <summary>Workspaces of several folders.</summary>
    public WorkspaceFoldersServerCapabilities? WorkspaceFolders { get; init; }
}

/// <summary>How the server goes about workspaces of several folders.</summary>
internal sealed record WorkspaceFoldersServerCapabilities
{
    /// <summary>Whether it knows them.</summary>
    public bool? Supported { get; init; }

    /// <summary>Whether it wants to be told when they change.</summary>
    public bool? ChangeNotifications { get; init; }
}

/// <summary>A folder of the workspace.</summary>
internal sealed record WorkspaceFolder
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>What the editor calls it.</summary>
    public required string Name { get; init; }
}

/// <summary>The parameters of <c>workspace/didChangeWorkspaceFolders</c>.</summary>
internal sealed record DidChangeWorkspaceFoldersParams
{
    /// <summary>What changed.</summary>
    public required WorkspaceFoldersChangeEvent Event { get; init; }
}

/// <summary>Folders that came and went.</summary>
internal sealed record WorkspaceFoldersChangeEvent
{
    /// <summary>The folders that came.</summary>
    public required IReadOnlyList<WorkspaceFolder> Added { get; init; }

    /// <summary>The folders that went.</summary>
    public required IReadOnlyList<WorkspaceFolder> Removed { get; init; }
}
