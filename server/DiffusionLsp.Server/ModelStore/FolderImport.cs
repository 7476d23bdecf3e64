using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>Installs a model from a folder: what came to a machine without a network on a disk. The folder stays as it is.</summary>
/// <param name="Source">The folder.</param>
/// <param name="Name">The name that the model gets.</param>
internal sealed record FolderImport(string Source, string Name)
{
    /// <summary>What would be installed from a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name that the user wants; null takes the folder's.</param>
    /// <exception cref="ModelStoreException">It holds no model that the engine can use.</exception>
    public static FolderImport Of(string folder, string? name)
    {
        CheckpointStatus status = ModelFolder.Verify(folder);

        // What lacks nothing but the tokenizer's file is judged when that has been made.
        bool lacksTokenizer = !File.Exists(Path.Combine(folder, "tokenizer.json")) && File.Exists(Path.Combine(folder, "vocab.json"));
        if (!status.IsUsable && !lacksTokenizer)
        {
            throw new ModelStoreException(status.Detail);
        }

        string wanted = name ?? status.Name;
        return FileNames.IsModelName(wanted)
            ? new FolderImport(status.Folder, wanted)
            : throw new ModelStoreException(
                $"'{wanted}' cannot be a model's name: take letters, digits, dots, dashes and underscores (--name).");
    }

    /// <summary>The files that are copied: those of a model, and nothing else that lies there.</summary>
    public IReadOnlyList<string> Files => FileNames.Wanted([.. Directory.EnumerateFiles(Source).Select(path => Path.GetFileName(path))]);

    /// <summary>Their length.</summary>
    public long Bytes => Files.Sum(LengthOf);

    /// <summary>Copies, hashes and installs them.</summary>
    /// <param name="store">Where.</param>
    /// <param name="waiting">Called where another process works on a model of that name.</param>
    /// <param name="token">Stops it, and leaves nothing.</param>
    public async Task RunAsync(LocalStore store, Action waiting, CancellationToken token)
    {
        using IDisposable held = await store.LockAsync(Name, waiting, token).ConfigureAwait(false);
        store.DropStaging(Name);
        string staging = store.OpenStaging(Name);
        try
        {
            store.RequireSpace(Bytes);
            foreach (string file in Files)
            {
                await CopyAsync(Path.Combine(Source, file), Path.Combine(staging, file), token).ConfigureAwait(false);
            }

            TokenizerAssembly.Complete(staging);
            if (ModelFolder.Verify(staging) is { IsUsable: false } unusable)
            {
                throw new ModelStoreException(unusable.Detail.Replace(staging, Source, StringComparison.Ordinal));
            }

            List<RecordedFile> files = [];
            foreach (string copy in Directory.EnumerateFiles(staging))
            {
                FileDigest digest = await FileDigest.OfAsync(copy, DigestKind.Sha256, token).ConfigureAwait(false);
                files.Add(new RecordedFile(Path.GetFileName(copy), new FileInfo(copy).Length, digest.Hex));
            }

            ModelRecord? origin = ModelRecord.Of(Source);
            new ModelRecord
            {
                Repository = origin?.Repository,
                Revision = origin?.Revision,
                Licence = origin?.Licence,
                Files = files,
            }.Save(staging);
            store.Install(Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            store.DropStaging(Name);
            throw new ModelStoreException($"{Source} cannot be copied to {store.Folder} ({e.Message.TrimEnd('.')}): make room or see to the rights.", e);
        }
        catch
        {
            store.DropStaging(Name);
            throw;
        }
    }

    // The files of a hub's cache are links; what they lead to is meant.
    private long LengthOf(string file)
    {
        using FileStream stream = File.OpenRead(Path.Combine(Source, file));
        return stream.Length;
    }

    private static async Task CopyAsync(string from, string to, CancellationToken token)
    {
        await using FileStream source = File.OpenRead(from);
        await using FileStream target = new(to, FileMode.Create, FileAccess.Write);
        await source.CopyToAsync(target, token).ConfigureAwait(false);
        target.Flush(flushToDisk: true);
    }
}
