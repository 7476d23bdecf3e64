using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>The parameters of <c>textDocument/inlineCompletion</c>.</summary>
internal sealed record InlineCompletionParams
{
    /// <summary>The document.</summary>
    public required TextDocumentIdentifier TextDocument { get; init; }

    /// <summary>The cursor.</summary>
    public required Position Position { get; init; }

    /// <summary>Why the client asks.</summary>
    public required InlineCompletionContext Context { get; init; }
}

/// <summary>Why the client asks.</summary>
internal sealed record InlineCompletionContext
{
    /// <summary>Whether the user asked or the editor did.</summary>
    public required InlineCompletionTriggerKind TriggerKind { get; init; }

    /// <summary>The selected item of the completion pop-up; null where none is open.</summary>
    public SelectedCompletionInfo? SelectedCompletionInfo { get; init; }
}

/// <summary>Who asks for the completion.</summary>
internal enum InlineCompletionTriggerKind
{
    /// <summary>The user, by a command.</summary>
    Invoked = 1,

    /// <summary>The editor, while the user types.</summary>
    Automatic = 2,
}

/// <summary>The selected item of the completion pop-up. A suggestion must begin with it, or the editor hides it.</summary>
internal sealed record SelectedCompletionInfo
{
    /// <summary>What the item would replace.</summary>
    public required Range Range { get; init; }

    /// <summary>The item's text.</summary>
    [JsonConverter(typeof(DocumentTextConverter))]
    public required string Text { get; init; }
}

/// <summary>The answer to <c>textDocument/inlineCompletion</c>.</summary>
internal sealed record InlineCompletionList
{
    /// <summary>The suggestions.</summary>
    public required IReadOnlyList<InlineCompletionItem> Items { get; init; }
}

/// <summary>One suggestion.</summary>
internal sealed record InlineCompletionItem
{
    /// <summary>The text that replaces <see cref="Range"/>.</summary>
    public required string InsertText { get; init; }

    /// <summary>What is replaced; begins and ends on one line.</summary>
    public Range? Range { get; init; }
}
