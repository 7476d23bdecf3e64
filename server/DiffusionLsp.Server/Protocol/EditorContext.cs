using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>
/// The parameters of <c>diffusion/editorContext</c>, a notification of our own that a client sends: what the user looks
/// at beside the document at hand. Each replaces the one before it.
/// </summary>
internal sealed record EditorContextParams
{
    /// <summary>What the editor shows now.</summary>
    public IReadOnlyList<VisibleEditor>? VisibleEditors { get; init; }

    /// <summary>Where the user has been, the latest place first.</summary>
    public IReadOnlyList<RecentPlace>? RecentPlaces { get; init; }

    /// <summary>What other servers say about names around the cursor.</summary>
    public IReadOnlyList<KnownDefinition>? Definitions { get; init; }
}

/// <summary>A document that can be seen.</summary>
internal sealed record VisibleEditor
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>The parts of it that can be seen.</summary>
    public required IReadOnlyList<Range> Ranges { get; init; }
}

/// <summary>A place where the user has been.</summary>
internal sealed record RecentPlace
{
    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>The place.</summary>
    public required Range Range { get; init; }

    /// <summary>The text there; may be left out where the document is open.</summary>
    [JsonConverter(typeof(DocumentTextConverter))]
    public string? Text { get; init; }
}

/// <summary>What a name around the cursor stands for.</summary>
internal sealed record KnownDefinition
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <inheritdoc cref="TextDocumentIdentifier.Uri"/>
    public required string Uri { get; init; }

    /// <summary>Where it is defined.</summary>
    public required Range Range { get; init; }

    /// <summary>The text of the definition.</summary>
    [JsonConverter(typeof(DocumentTextConverter))]
    public required string Text { get; init; }
}
