using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>The models that are here and those that are known elsewhere, as one list. It opens no connection.</summary>
internal sealed record ModelInventory
{
    /// <summary>The models that are known.</summary>
    public required ModelCatalog Catalog { get; init; }

    /// <summary>The models on this machine, wherever they lie.</summary>
    public required IReadOnlyList<CheckpointStatus> Installed { get; init; }

    /// <summary>The memory of this machine.</summary>
    public required MachineMemory Memory { get; init; }

    /// <summary>The folder that models are installed in.</summary>
    public required string Folder { get; init; }

    /// <summary>The list.</summary>
    public ModelReport Report()
    {
        List<ModelEntry> here = [.. Installed.Select(EntryOf)];
        IEnumerable<ModelEntry> elsewhere = Catalog.Models
            .Where(known => !known.Embedded && here.All(model => model.Name != known.Name && model.Repository != known.Repository))
            .Select(EntryOf);
        return new ModelReport
        {
            Folder = Folder,
            TotalMemoryBytes = Memory.TotalBytes,
            AvailableMemoryBytes = Memory.AvailableBytes,
            Models = [.. here, .. elsewhere],
        };
    }

    private ModelEntry EntryOf(CheckpointStatus model)
    {
        ModelRecord? record = ModelRecord.Of(model.Folder);
        CatalogEntry? known = Catalog.FindFolder(model.Folder);
        string? licence = record?.Licence ?? known?.Licence.Weights;
        bool isEmbedded = known?.Embedded == true && Path.GetDirectoryName(model.Folder) != Folder;
        return new ModelEntry
        {
            Name = model.Name,
            State = !model.IsUsable ? ModelState.Damaged : isEmbedded ? ModelState.Embedded : ModelState.Installed,
            Folder = model.Folder,
            Repository = record?.Repository ?? known?.Repository,
            Revision = record?.Revision,
            ModelType = model.ModelType ?? known?.ModelType,
            Support = model.IsUsable ? ModelSupport.Supported : SupportOf(known?.ModelType),
            Licence = licence,
            LicenceMustBeAccepted = !Licences.IsFree(licence),
            Parameters = model.IsUsable ? model.ParameterCount : known?.Parameters,
            Bytes = model.IsUsable ? model.Bytes : null,
            NeededBytes = model.Shape is { } shape ? Memory.NeedOf(shape) : null,
            Fit = model.Shape is null ? null : FitOf(model.Shape),
            Note = model.IsUsable ? known?.Notes : model.Detail,
        };
    }

    private ModelEntry EntryOf(CatalogEntry known) => new()
    {
        Name = known.Name,
        State = ModelState.Known,
        Repository = known.Repository,
        Revision = known.Revision,
        ModelType = known.ModelType,
        Support = SupportOf(known.ModelType),
        Licence = known.Licence.Weights,
        LicenceMustBeAccepted = !Licences.IsFree(known.Licence.Weights),
        Parameters = known.Parameters,
        Bytes = known.Bytes,
        NeededBytes = known.ModelShape is { } shape ? Memory.NeedOf(shape) : null,
        Fit = known.ModelShape is { } needing ? FitOf(needing) : null,
        Note = string.Join(' ', new[] { known.Notes, known.Memory }.OfType<string>()) is { Length: > 0 } note ? note : null,
    };

    private static ModelSupport SupportOf(string? modelType) =>
        modelType is not null && ModelFolder.Supports(modelType) ? ModelSupport.Supported : ModelSupport.Unsupported;

    private ModelFit FitOf(ModelShape shape) => Memory.FitOf(shape) switch
    {
        MemoryFit.Fits => ModelFit.Fits,
        MemoryFit.FitsWhenFree => ModelFit.FitsWhenFree,
        _ => ModelFit.TooLarge,
    };
}
