using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>The parameters of <c>textDocument/codeAction</c>.</summary>
internal sealed record CodeActionParams
{
    /// <summary>The document.</summary>
    public required TextDocumentIdentifier TextDocument { get; init; }

    /// <summary>What is selected; empty at a cursor.</summary>
    public required Range Range { get; init; }

    /// <summary>What is wanted, and what is known to be wrong there.</summary>
    public required CodeActionContext Context { get; init; }
}

/// <summary>What is wanted, and what is known to be wrong there.</summary>
internal sealed record CodeActionContext
{
    /// <summary>
    /// The diagnostics at the range, of whatever server. They stay raw, since an action hands back the one that it is for
    /// just as it came; <see cref="Diagnostic"/> reads what is needed of one.
    /// </summary>
    public required IReadOnlyList<JsonElement> Diagnostics { get; init; }

    /// <summary>The kinds that are wanted, each with those below it; null wants all.</summary>
    public IReadOnlyList<string>? Only { get; init; }
}

/// <summary>Something that is wrong in a document, as far as this server reads it.</summary>
internal sealed record Diagnostic
{
    /// <summary>Where.</summary>
    public required Range Range { get; init; }

    /// <summary>What: text, or an object with a <c>value</c>.</summary>
    public required JsonElement Message { get; init; }
}

/// <summary>An edit that the user may choose.</summary>
internal sealed record CodeAction
{
    /// <summary>The line in the menu.</summary>
    public required string Title { get; init; }

    /// <summary>What kind of edit it is.</summary>
    public string? Kind { get; init; }

    /// <summary>What it mends, as the client sent it.</summary>
    public IReadOnlyList<JsonElement>? Diagnostics { get; init; }

    /// <summary>The edit; null until it is resolved.</summary>
    public WorkspaceEdit? Edit { get; init; }

    /// <summary>What to run here instead, for clients that resolve no edits.</summary>
    public Command? Command { get; init; }

    /// <summary>What this server needs to resolve it.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>What else there is to say of it.</summary>
    public IReadOnlyList<CodeActionTag>? Tags { get; init; }
}

/// <summary>What else there is to say of an edit.</summary>
internal enum CodeActionTag
{
    /// <summary>A language model writes it.</summary>
    LLMGenerated = 1,
}

/// <summary>The server's options for code actions.</summary>
internal sealed record CodeActionOptions
{
    /// <summary>The kinds that it may offer.</summary>
    public IReadOnlyList<string>? CodeActionKinds { get; init; }

    /// <summary>Whether actions are made in full only when they are chosen.</summary>
    public bool? ResolveProvider { get; init; }
}

/// <summary>A command that the client may run here.</summary>
internal sealed record Command
{
    /// <summary>The line in the menu.</summary>
    public required string Title { get; init; }

    /// <summary>The command's name.</summary>
    [JsonPropertyName("command")]
    public required string Name { get; init; }

    /// <summary>What the command takes.</summary>
    public IReadOnlyList<JsonElement>? Arguments { get; init; }
}
