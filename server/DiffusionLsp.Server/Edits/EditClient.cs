using System.Text.Json;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Edits;

/// <summary>What the client can do with edits, and an edit in the form that it takes.</summary>
internal sealed record EditClient
{
    private const string Annotation = "diffusionlsp";

    /// <summary>What an editor calls an edit of ours.</summary>
    public const string Label = "DiffusionLsp";

    /// <summary>Whether an action's edit may be made when it is chosen.</summary>
    public bool ResolvesEdits { get; init; }

    /// <summary>Whether edits name the version of a document that they are for.</summary>
    public bool KnowsVersions { get; init; }

    /// <summary>Whether edits may ask the user to look at them first.</summary>
    public bool KnowsAnnotations { get; init; }

    /// <summary>Whether actions may say that a language model writes them.</summary>
    public bool KnowsTags { get; init; }

    /// <summary>The client of these capabilities.</summary>
    public static EditClient Of(JsonElement capabilities)
    {
        return new EditClient
        {
            ResolvesEdits = capabilities.Member("textDocument", "codeAction", "resolveSupport", "properties") is { ValueKind: JsonValueKind.Array } properties
                && properties.EnumerateArray().Any(name => name.ValueKind == JsonValueKind.String && name.ValueEquals("edit")),
            KnowsVersions = capabilities.Member("workspace", "workspaceEdit", "documentChanges") is { ValueKind: JsonValueKind.True },
            KnowsAnnotations = capabilities.Member("workspace", "workspaceEdit", "changeAnnotationSupport") is { ValueKind: JsonValueKind.Object },
            KnowsTags = capabilities.Member("textDocument", "codeAction", "tagSupport", "valueSet") is { ValueKind: JsonValueKind.Array } tags
                && tags.EnumerateArray().Any(tag => tag.ValueKind == JsonValueKind.Number
                    && tag.TryGetInt32(out int value) && value == (int)CodeActionTag.LLMGenerated),
        };
    }

    /// <summary>The edit that puts a text at a site.</summary>
    public WorkspaceEdit Edit(EditSite site, string text)
    {
        if (!KnowsVersions)
        {
            TextEdit edit = new() { Range = site.Range, NewText = text };
            return new WorkspaceEdit
            {
                Changes = new Dictionary<string, IReadOnlyList<TextEdit>> { [site.Document.Uri] = [edit] },
            };
        }

        TextEdit change = KnowsAnnotations
            ? new AnnotatedTextEdit { Range = site.Range, NewText = text, AnnotationId = Annotation }
            : new TextEdit { Range = site.Range, NewText = text };
        return new WorkspaceEdit
        {
            DocumentChanges =
            [
                new TextDocumentEdit
                {
                    TextDocument = new() { Uri = site.Document.Uri, Version = site.Document.Version },
                    Edits = [change],
                },
            ],
            ChangeAnnotations = KnowsAnnotations
                ? new Dictionary<string, ChangeAnnotation> { [Annotation] = new() { Label = Label, NeedsConfirmation = true } }
                : null,
        };
    }
}
