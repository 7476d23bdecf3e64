using System.Runtime.InteropServices;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>
/// What Hugging Face's own tools have loaded already: blobs named by their hashes, refs that name commits, snapshots that
/// link names to blobs. It is read only; what is taken from it is checked like what comes over the network.
/// </summary>
/// <param name="folder">The cache's folder; it need not be there.</param>
internal sealed class HubCache(string folder)
{
    /// <summary>A file of the cache that should hold this content; null where there is none.</summary>
    public string? Find(HubListing listing, HubFile file)
    {
        string repository = FolderOf(listing.Repository);
        string?[] places =
        [
            file.Digest is { } digest ? Path.Combine(repository, "blobs", digest.Hex) : null,
            Path.Combine(repository, "snapshots", listing.Commit, file.Name),
        ];
        return places.OfType<string>().Select(Resolved).FirstOrDefault(path => path is not null && new FileInfo(path).Length == file.Bytes);
    }

    /// <summary>What the cache has of a revision, by the hashes in its own file names; null where it has nothing.</summary>
    public HubListing? List(string repository, string revision)
    {
        string? commit = CommitOf(repository, revision);
        if (commit is null || Path.Combine(FolderOf(repository), "snapshots", commit) is not { } snapshot || !Directory.Exists(snapshot))
        {
            return null;
        }

        List<HubFile> files = [];
        foreach (string path in Directory.EnumerateFiles(snapshot))
        {
            if (Resolved(path) is { } blob)
            {
                files.Add(new HubFile(Path.GetFileName(path), new FileInfo(blob).Length, FileDigest.Parse(Path.GetFileName(blob))));
            }
        }

        return new HubListing(repository, commit, files);
    }

    /// <summary>Puts a file of the cache elsewhere: as a second name of it where the disk is the same, else as a copy.</summary>
    public static void Take(string source, string target)
    {
        File.Delete(target);
        bool isLinked = OperatingSystem.IsWindows()
            ? NativeMethods.CreateHardLink(target, source, IntPtr.Zero)
            : NativeMethods.Link(source, target) == 0;
        if (!isLinked)
        {
            File.Copy(source, target, overwrite: true);
        }
    }

    private string FolderOf(string repository) =>
        Path.Combine(folder, "models--" + repository.Replace("/", "--", StringComparison.Ordinal));

    private string? CommitOf(string repository, string revision)
    {
        if (FileDigest.Parse(revision) is { Kind: DigestKind.GitBlob } commit)
        {
            return commit.Hex;
        }

        string reference = Path.Combine(FolderOf(repository), "refs", revision);
        return FileNames.IsInside(revision) && File.Exists(reference)
            && FileDigest.Parse(File.ReadAllText(reference).Trim()) is { Kind: DigestKind.GitBlob } named ? named.Hex : null;
    }

    // A link whose blob was cleared away is no file that exists.
    private static string? Resolved(string path) =>
        File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : null;

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "link", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string link);

        [DllImport("kernel32", EntryPoint = "CreateHardLinkW", CharSet = CharSet.Unicode)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool CreateHardLink(string link, string existing, IntPtr security);
    }
}
