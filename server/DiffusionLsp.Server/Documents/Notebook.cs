using System.Collections.Immutable;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Documents;

/// <summary>
/// One version of a notebook: its cells in their order. Immutable. The texts of the cells are documents of their own, in
/// the <see cref="DocumentStore"/>.
/// </summary>
/// <param name="Uri">The notebook's URI, as the client writes it.</param>
/// <param name="Version">The client's number of this version.</param>
/// <param name="Cells">The cells from top to bottom.</param>
internal sealed record Notebook(string Uri, int Version, ImmutableList<NotebookCell> Cells)
{
    /// <summary>The notebook after a change of its cells; their texts are not its business.</summary>
    /// <exception cref="DocumentSyncException">The version goes back, or the change does not fit the cells.</exception>
    public Notebook Apply(int version, NotebookDocumentCellChanges? change)
    {
        if (version < Version)
        {
            throw new DocumentSyncException($"{Uri}: the version went back from {Version} to {version}.");
        }

        ImmutableList<NotebookCell> cells = change?.Structure is { } structure ? Splice(structure.Array) : Cells;
        foreach (NotebookCell changed in change?.Data ?? [])
        {
            int index = cells.FindIndex(cell => DocumentUri.Key(cell.Document) == DocumentUri.Key(changed.Document));
            cells = index < 0
                ? throw new DocumentSyncException($"{Uri}: {changed.Document} is no cell of it.")
                : cells.SetItem(index, changed);
        }

        return this with { Version = version, Cells = cells };
    }

    private ImmutableList<NotebookCell> Splice(NotebookCellArrayChange change)
    {
        if (change.Start < 0 || change.DeleteCount < 0 || change.Start > Cells.Count - change.DeleteCount)
        {
            throw new DocumentSyncException(
                $"{Uri}: {change.DeleteCount} cells from cell {change.Start} on were replaced, and it has {Cells.Count}.");
        }

        return Cells.RemoveRange(change.Start, change.DeleteCount).InsertRange(change.Start, change.Cells ?? []);
    }
}
