using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>What a check of a model's files found right; what it finds wrong is an exception.</summary>
/// <param name="Name">The model.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Files">The files whose hashes were compared; none where no hashes are known of it.</param>
/// <param name="Bytes">The length of those.</param>
/// <param name="Detail">Its kind and size.</param>
internal sealed record ModelCheck(string Name, string Folder, int Files, long Bytes, string Detail)
{
    /// <summary>Compares every file of a model with the hash that was recorded when it was installed, or that the catalog has.</summary>
    /// <param name="model">The model as the engine found it.</param>
    /// <param name="catalog">The models that are known.</param>
    /// <param name="token">Stops it.</param>
    /// <exception cref="ModelStoreException">A file is missing, or is another.</exception>
    public static async Task<ModelCheck> OfAsync(CheckpointStatus model, ModelCatalog catalog, CancellationToken token)
    {
        IReadOnlyList<RecordedFile> files = ModelRecord.Of(model.Folder)?.Files ?? catalog.Find(model.Name)?.Files ?? [];
        foreach (RecordedFile file in files)
        {
            await RequireAsync(model, file, token).ConfigureAwait(false);
        }

        return model.IsUsable
            ? new ModelCheck(model.Name, model.Folder, files.Count, files.Sum(file => file.Bytes), model.Detail)
            : throw new ModelStoreException($"{model.Name} cannot be used: {model.Detail}");
    }

    private static async Task RequireAsync(CheckpointStatus model, RecordedFile file, CancellationToken token)
    {
        string path = Path.Combine(model.Folder, file.Name);
        string wayOut = $"get it again with `diffusionlsp models remove {model.Name}` and `models pull` or `models add`";
        if (!FileNames.IsInside(file.Name) || !File.Exists(path))
        {
            throw new ModelStoreException($"{model.Name} is damaged: {file.Name} is missing; {wayOut}.");
        }

        long bytes = new FileInfo(path).Length;
        if (bytes != file.Bytes)
        {
            throw new ModelStoreException($"{model.Name} is damaged: {file.Name} has {bytes} bytes, not {file.Bytes}; {wayOut}.");
        }

        try
        {
            FileDigest found = await FileDigest.OfAsync(path, DigestKind.Sha256, token).ConfigureAwait(false);
            if (found.Hex != file.Sha256)
            {
                throw new ModelStoreException($"{model.Name} is damaged: {file.Name} has the {found}, not {file.Sha256}; {wayOut}.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelStoreException($"{path} cannot be read ({e.Message.TrimEnd('.')}): see to its rights, or {wayOut}.", e);
        }
    }
}
