using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Cli;

/// <summary>What the parts of <c>diffusionlsp models</c> work with; nothing of it is looked at before it is needed.</summary>
internal sealed record ModelTools
{
    /// <summary>The models that are known.</summary>
    public required Func<ModelCatalog> Catalog { get; init; }

    /// <summary>Where models are installed.</summary>
    public required Func<LocalStore> Store { get; init; }

    /// <summary>The models on this machine.</summary>
    public required Func<IReadOnlyList<CheckpointStatus>> Installed { get; init; }

    /// <summary>The memory of this machine.</summary>
    public required Func<MachineMemory> Memory { get; init; }

    /// <summary>Which hub.</summary>
    public required Func<HubSettings> Hub { get; init; }

    /// <summary>The list of all models.</summary>
    public ModelReport Report() => new ModelInventory
    {
        Catalog = Catalog(),
        Installed = Installed(),
        Memory = Memory(),
        Folder = Store().Folder,
    }.Report();

    /// <summary>The model of a name on this machine.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public CheckpointStatus Find(string name)
    {
        IReadOnlyList<CheckpointStatus> installed = Installed();
        return installed.FirstOrDefault(model => model.Name == name) ?? throw new BadInputException(
            $"There is no model '{name}' here. There are: {string.Join(", ", installed.Select(model => model.Name))}.");
    }

    /// <summary>Refuses a name under which another model would hide, or be hidden.</summary>
    public void RequireFree(string name)
    {
        LocalStore store = Store();
        if (Installed().FirstOrDefault(model => model.Name == name && model.Folder != store.FolderOf(name)) is { } other)
        {
            throw new BadInputException($"There is a model '{name}' in {other.Folder} already: give this one another name with --name.");
        }
    }
}
