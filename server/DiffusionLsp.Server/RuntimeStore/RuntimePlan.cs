using System.Text.RegularExpressions;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;

namespace DiffusionLsp.Server.RuntimeStore;

/// <summary>
/// Which packages a CUDA runtime is made of. They are not written down here: TorchSharp's own package for CUDA, of the version
/// that this program is built with, names the libtorch that belongs to it, and that one its parts.
/// </summary>
/// <param name="Packages">The packages that hold libraries.</param>
/// <param name="Libtorch">The version of libtorch.</param>
internal sealed partial record RuntimePlan(IReadOnlyList<PackageEntry> Packages, string Libtorch)
{
    private const int MostPackages = 100;

    // Libraries take about twice the room that their packages take.
    private const double Unpacked = 2.2;

    /// <summary>The bytes of all packages.</summary>
    public long Bytes => Packages.Sum(package => package.Bytes);

    /// <summary>About what the disk needs until the packages are unpacked and gone.</summary>
    public long PeakBytes => (long)(Bytes * (1 + Unpacked));

    /// <summary>Follows the dependencies.</summary>
    /// <exception cref="ModelStoreException">The feed does not have them all, or names others than it should.</exception>
    public static async Task<RuntimePlan> OfAsync(PackageFeed feed, CancellationToken token)
    {
        string head = InstalledRuntime.Platform.StartsWith("win", StringComparison.Ordinal) ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";
        PackageEntry root = await feed.FindAsync(head, InstalledRuntime.TorchSharpVersion, token).ConfigureAwait(false);
        Dictionary<string, PackageEntry> found = new(StringComparer.OrdinalIgnoreCase);
        Queue<(string Id, string Version)> open = new(root.Needs.Where(need => IsOurs(need.Id)));
        while (open.TryDequeue(out var need))
        {
            if (found.ContainsKey(need.Id))
            {
                continue;
            }

            if (!Version().IsMatch(need.Version) || found.Count == MostPackages)
            {
                throw new ModelStoreException($"the feed names the version '{need.Version}' of {need.Id}, which is none that is taken: check --source.");
            }

            PackageEntry package = await feed.FindAsync(need.Id, need.Version, token).ConfigureAwait(false);
            found.Add(need.Id, package);
            foreach (var further in package.Needs.Where(further => IsOurs(further.Id)))
            {
                open.Enqueue(further);
            }
        }

        return found.Count > 0
            ? new RuntimePlan([.. found.Values.OrderBy(package => package.Id, StringComparer.Ordinal)], found.Values.First().Version)
            : throw new ModelStoreException($"{head} {root.Version} names no libtorch for {InstalledRuntime.Platform}: check --source.");
    }

    private static bool IsOurs(string id) =>
        Libtorches().Match(id) is { Success: true } match && match.Groups["platform"].Value == InstalledRuntime.Platform;

    [GeneratedRegex(@"^libtorch-cuda-[0-9.]{1,8}-(?<platform>(linux|win)-x64)(-part[0-9]{1,3}(-primary|-fragment[0-9]{1,3})?)?\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Libtorches();

    [GeneratedRegex(@"^[0-9]{1,5}(\.[0-9]{1,5}){1,3}\z")]
    private static partial Regex Version();
}
