using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>
/// Pulls a model from a hub: a plan, then the small files, which tell whether the engine can use it at all, then the
/// weights, then one rename. What went wrong leaves an older model of the name as it was.
/// </summary>
/// <param name="settings">Which hub.</param>
/// <param name="hub">The way to it.</param>
/// <param name="store">Where models are installed.</param>
internal sealed class ModelPull(HubSettings settings, HubClient hub, LocalStore store)
{
    /// <summary>Says that another process is pulling the same model, and that it is waited for.</summary>
    public Action Waiting { get; init; } = () => { };

    /// <summary>Looks what there is to pull.</summary>
    public async Task<PullPlan> PlanAsync(PullRequest request, CancellationToken token)
    {
        if (settings.Access == HubAccess.Online)
        {
            return PullPlan.Of(request, await hub.ListAsync(request.Repository, request.Revision, token).ConfigureAwait(false));
        }

        HubListing listing = new HubCache(settings.CacheFolder).List(request.Repository, request.Revision) ?? throw new ModelStoreException(
            $"HF_HUB_OFFLINE is set, and {settings.CacheFolder} has no {request.Repository} at {request.Revision}: unset it, or add a folder with `diffusionlsp models add`.");
        return PullPlan.Of(request, listing);
    }

    /// <summary>Whether the model of the plan is installed already, this very commit of it.</summary>
    public bool IsInstalled(PullPlan plan) =>
        store.Has(plan.Request.Name)
        && ModelRecord.Of(store.FolderOf(plan.Request.Name)) is { } record
        && record.Repository == plan.Listing.Repository
        && record.Revision == plan.Listing.Commit
        && record.Files.All(file => new FileInfo(Path.Combine(store.FolderOf(plan.Request.Name), file.Name)) is { Exists: true } found && found.Length == file.Bytes);

    /// <summary>Loads and installs it.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="token">Stops it; what has come is kept.</param>
    /// <exception cref="ModelStoreException">It could not be done.</exception>
    public async Task RunAsync(PullPlan plan, PullProgress progress, CancellationToken token)
    {
        string name = plan.Request.Name;
        progress.Total = plan.Bytes;
        using IDisposable held = await store.LockAsync(name, Waiting, token).ConfigureAwait(false);
        if (IsInstalled(plan))
        {
            return;
        }

        string staging = store.OpenStaging(name);
        try
        {
            FileDownload.DropStrangers(plan.Files, staging);
            store.RequireSpace(StillToWrite(plan, staging));
            FileDownload download = new(SourceOf(plan.Listing), progress);
            List<RecordedFile> files = await download.FetchAllAsync(plan.Files.Where(file => !FileNames.IsWeights(file.Name)), staging, token).ConfigureAwait(false);
            Judge(plan, staging, () =>
            {
                TokenizerAssembly.Complete(staging);
                ModelFolder.RequireSupported(staging);
            });
            files.AddRange(await download.FetchAllAsync(plan.Files.Where(file => FileNames.IsWeights(file.Name)), staging, token).ConfigureAwait(false));
            Judge(plan, staging, () => RequireUsable(staging));
            files.AddRange(await MadeHereAsync(plan, staging, token).ConfigureAwait(false));
            new ModelRecord
            {
                Repository = plan.Listing.Repository,
                Revision = plan.Listing.Commit,
                Licence = plan.Licence,
                Files = [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)],
            }.Save(staging);
            store.Install(name);
        }
        catch when (Directory.Exists(staging) && !Directory.EnumerateFiles(staging).Any())
        {
            store.DropStaging(name);
            throw;
        }
    }

    private DownloadSource SourceOf(HubListing listing) => new(settings.Web, "the hub", listing.Repository)
    {
        Open = (file, range, token) => hub.OpenAsync(listing, file.Name, range, token),
        FindHere = file => new HubCache(settings.CacheFolder).Find(listing, file),
        WhyNot = file => settings.Access == HubAccess.Offline
            ? $"HF_HUB_OFFLINE is set, and {settings.CacheFolder} has no sound {file.Name} of {listing.Repository}: unset it, or add a folder with `diffusionlsp models add`."
            : null,
    };

    // The tokenizer's file, where the repository has only what it is made of.
    private static async Task<List<RecordedFile>> MadeHereAsync(PullPlan plan, string staging, CancellationToken token)
    {
        List<RecordedFile> made = [];
        foreach (string path in Directory.EnumerateFiles(staging).Where(path => plan.Files.All(file => file.Name != Path.GetFileName(path))))
        {
            FileDigest digest = await FileDigest.OfAsync(path, DigestKind.Sha256, token).ConfigureAwait(false);
            made.Add(new RecordedFile(Path.GetFileName(path), LengthOf(path), digest.Hex));
        }

        return made;
    }

    private long StillToWrite(PullPlan plan, string staging)
    {
        HubCache cache = new(settings.CacheFolder);
        return FileDownload.StillToWrite(plan.Files.Where(file => cache.Find(plan.Listing, file) is null), staging);
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private static void RequireUsable(string folder)
    {
        CheckpointStatus status = ModelFolder.Verify(folder);
        if (!status.IsUsable)
        {
            throw new CheckpointException(status.Detail);
        }
    }

    // Whole files of a model that the engine refuses: no second attempt would make them better.
    private void Judge(PullPlan plan, string staging, Action check)
    {
        try
        {
            check();
        }
        catch (CheckpointException e)
        {
            string problem = e.Message.Replace(staging + Path.DirectorySeparatorChar, "", StringComparison.Ordinal).Replace(staging + ": ", "", StringComparison.Ordinal);
            store.DropStaging(plan.Request.Name);
            throw new ModelStoreException($"{plan.Request.Repository} cannot be used here: {problem}", e);
        }
    }
}
