using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;

namespace DiffusionLsp.Server.RuntimeStore;

/// <summary>
/// Installs libtorch for CUDA from the packages of TorchSharp, with what pulls models: resumed downloads, hashes, one
/// rename at the end. What went wrong leaves an older runtime as it was, and the one of the build in use.
/// </summary>
/// <param name="web">The feed as a place.</param>
/// <param name="feed">The way to it.</param>
/// <param name="store">Where runtimes are installed.</param>
internal sealed class RuntimeInstall(WebSettings web, PackageFeed feed, LocalStore store)
{
    /// <summary>Says that another process is installing, and that it is waited for.</summary>
    public Action Waiting { get; init; } = () => { };

    /// <summary>Loads and installs it.</summary>
    /// <param name="plan">The packages.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="token">Stops it; what has come is kept.</param>
    /// <exception cref="ModelStoreException">It could not be done.</exception>
    public async Task RunAsync(RuntimePlan plan, PullProgress progress, CancellationToken token)
    {
        string name = InstalledRuntime.CudaName;
        progress.Total = plan.Bytes;
        using IDisposable held = await store.LockAsync(name, Waiting, token).ConfigureAwait(false);
        string staging = store.OpenStaging(name);
        List<HubFile> files = [.. plan.Packages.Select(package => package.File)];
        FileDownload.DropStrangers(files, staging);
        store.RequireSpace(FileDownload.StillToWrite(files, staging) + plan.PeakBytes - plan.Bytes);
        Dictionary<string, PackageEntry> packages = plan.Packages.ToDictionary(package => package.File.Name, StringComparer.Ordinal);
        DownloadSource source = new(web, "the feed", $"libtorch {plan.Libtorch}")
        {
            Open = (file, range, stop) => feed.OpenAsync(packages[file.Name], range, stop),
        };
        await new FileDownload(source, progress).FetchAllAsync(files, staging, token).ConfigureAwait(false);
        IReadOnlyList<RecordedFile> libraries = await UnpackAsync(files, staging, token).ConfigureAwait(false);
        new RuntimeRecord(InstalledRuntime.TorchSharpVersion, InstalledRuntime.Platform, plan.Libtorch, libraries).Save(staging);
        store.Install(name);
    }

    private async Task<IReadOnlyList<RecordedFile>> UnpackAsync(List<HubFile> files, string staging, CancellationToken token)
    {
        List<string> packages = [.. files.Select(file => Path.Combine(staging, file.Name))];
        IReadOnlyList<RecordedFile> unpacked;
        try
        {
            using var libraries = PackageLibraries.Open(packages);
            store.RequireSpace(libraries.Bytes);
            unpacked = await libraries.UnpackAsync(staging, token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelStoreException(
                $"cannot unpack into {staging} ({e.Message.TrimEnd('.')}): make room or see to its rights, then {web.Again}; what has come is kept.", e);
        }

        packages.ForEach(File.Delete);
        return unpacked;
    }
}
