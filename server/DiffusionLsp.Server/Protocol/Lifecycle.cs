using System.Text.Json;

namespace DiffusionLsp.Server.Protocol;

/// <summary>
/// The parameters of <c>initialize</c>, as far as this server reads them. The client's capabilities stay raw: a
/// client may ask for inline completions without announcing them, so nothing depends on it.
/// </summary>
internal sealed record InitializeParams
{
    /// <summary>The process that started the server; null where there is none.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The editor.</summary>
    public ClientInfo? ClientInfo { get; init; }

    /// <summary>The opened folder; null where there is none.</summary>
    public string? RootUri { get; init; }

    /// <summary>The opened folders; null where the client has none, or knows of no more than one.</summary>
    public IReadOnlyList<WorkspaceFolder>? WorkspaceFolders { get; init; }

    /// <summary>What the client can do.</summary>
    public required JsonElement Capabilities { get; init; }

    /// <summary>The user's settings for this server.</summary>
    public JsonElement? InitializationOptions { get; init; }
}

/// <summary>Who the client is.</summary>
internal sealed record ClientInfo
{
    /// <summary>The editor's name.</summary>
    public required string Name { get; init; }

    /// <summary>The editor's version.</summary>
    public string? Version { get; init; }
}

/// <summary>The parameters of <c>initialized</c>: none.</summary>
internal sealed record InitializedParams;

/// <summary>The answer to <c>initialize</c>.</summary>
internal sealed record InitializeResult
{
    /// <summary>What this server can do.</summary>
    public required ServerCapabilities Capabilities { get; init; }

    /// <summary>Who this server is.</summary>
    public ServerInfo? ServerInfo { get; init; }
}

/// <summary>Who this server is.</summary>
internal sealed record ServerInfo
{
    /// <summary>The server's name.</summary>
    public required string Name { get; init; }

    /// <summary>The server's version.</summary>
    public string? Version { get; init; }
}

/// <summary>What this server can do.</summary>
internal sealed record ServerCapabilities
{
    /// <summary>The unit of <see cref="Position.Character"/>.</summary>
    public string? PositionEncoding { get; init; }

    /// <summary>How documents are kept in step.</summary>
    public TextDocumentSyncOptions? TextDocumentSync { get; init; }

    /// <summary>Edits that the user may choose.</summary>
    public CodeActionOptions? CodeActionProvider { get; init; }

    /// <summary>Commands that a client may run here.</summary>
    public ExecuteCommandOptions? ExecuteCommandProvider { get; init; }

    /// <summary>Notebooks, each of their cells a document.</summary>
    public NotebookDocumentSyncOptions? NotebookDocumentSync { get; init; }

    /// <summary>Workspaces.</summary>
    public WorkspaceOptions? Workspace { get; init; }

    /// <summary>Completions in a pop-up, where the user wants suggestions there.</summary>
    public CompletionOptions? CompletionProvider { get; init; }

    /// <summary>Inline completions.</summary>
    public InlineCompletionOptions? InlineCompletionProvider { get; init; }
}

/// <summary>How documents are kept in step.</summary>
internal sealed record TextDocumentSyncOptions
{
    /// <summary>Whether the client sends didOpen and didClose.</summary>
    public bool? OpenClose { get; init; }

    /// <summary>How the client sends changes.</summary>
    public TextDocumentSyncKind? Change { get; init; }
}

/// <summary>How the client sends changes.</summary>
internal enum TextDocumentSyncKind
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>The whole text each time.</summary>
    Full = 1,

    /// <summary>Replaced ranges.</summary>
    Incremental = 2,
}

/// <summary>The server's options for inline completions: none.</summary>
internal sealed record InlineCompletionOptions;
