using System.Collections.Immutable;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.EditorState;

/// <summary>The folders of the workspace, in the editor's order. Immutable; it reads nothing in them.</summary>
/// <param name="Folders">The folders.</param>
internal sealed record WorkspaceFolders(ImmutableList<WorkspaceFolder> Folders)
{
    /// <summary>The folders at the start: those that the client names, or else its one root.</summary>
    public static WorkspaceFolders Of(InitializeParams client) => new(
        client.WorkspaceFolders is { } folders ? [.. folders]
        : client.RootUri is { } root ? [new WorkspaceFolder { Uri = root, Name = root.TrimEnd('/').Split('/')[^1] }]
        : []);

    /// <summary>The folders after a change.</summary>
    public WorkspaceFolders After(WorkspaceFoldersChangeEvent change)
    {
        HashSet<string> gone = [.. change.Removed.Concat(change.Added).Select(folder => DocumentUri.Key(folder.Uri))];
        return new([.. Folders.Where(folder => !gone.Contains(DocumentUri.Key(folder.Uri))), .. change.Added]);
    }
}
