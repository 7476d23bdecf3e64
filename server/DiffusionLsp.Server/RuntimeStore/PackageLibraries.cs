using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;

namespace DiffusionLsp.Server.RuntimeStore;

/// <summary>
/// The libraries in TorchSharp's packages. Those that are too large for one package come in pieces: the first stands where
/// the whole would, beside the SHA-256 of the whole, and the others, numbered, under <c>fragments</c> in packages of their own
/// (dotnet/TorchSharp: pkg/common/RestitchPackage.targets). Here they are put together while they are unpacked.
/// </summary>
internal sealed partial class PackageLibraries : IDisposable
{
    private const string HashMark = ".sha";
    private const int Portion = 1 << 20;

    private static readonly string[] _necessary = ["c10", "torch_cpu", "torch_cuda", "torch"];

    private readonly List<ZipArchive> _packages = [];
    private readonly SortedDictionary<string, SortedDictionary<int, ZipArchiveEntry>> _pieces = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ZipArchiveEntry> _hashes = new(StringComparer.Ordinal);

    private PackageLibraries()
    {
    }

    /// <summary>The bytes of all libraries.</summary>
    public long Bytes => _pieces.Values.Sum(pieces => pieces.Values.Sum(piece => piece.Length));

    /// <summary>Opens packages whose hashes are right.</summary>
    /// <exception cref="ModelStoreException">They hold names that leave the folder, or no libtorch for CUDA.</exception>
    public static PackageLibraries Open(IEnumerable<string> packages)
    {
        PackageLibraries libraries = new();
        try
        {
            foreach (string package in packages)
            {
                ZipArchive archive = ZipFile.OpenRead(package);
                libraries._packages.Add(archive);
                libraries.Add(archive, Path.GetFileName(package));
            }

            return _necessary.Select(FileName).FirstOrDefault(name => !libraries._pieces.ContainsKey(name)) is { } library
                ? throw new ModelStoreException($"the packages hold no {library} for {InstalledRuntime.Platform}: check --source.")
                : libraries;
        }
        catch (InvalidDataException e)
        {
            libraries.Dispose();
            throw new ModelStoreException($"a package cannot be read ({e.Message.TrimEnd('.')}): check --source.", e);
        }
        catch
        {
            libraries.Dispose();
            throw;
        }
    }

    /// <summary>Unpacks all libraries.</summary>
    /// <returns>Every file with its hash.</returns>
    /// <exception cref="ModelStoreException">One is not what its hash says.</exception>
    public async Task<IReadOnlyList<RecordedFile>> UnpackAsync(string folder, CancellationToken token)
    {
        List<RecordedFile> files = [];
        foreach (var (name, pieces) in _pieces)
        {
            files.Add(await UnpackAsync(name, pieces, folder, token).ConfigureAwait(false));
        }

        return files;
    }

    /// <inheritdoc/>
    public void Dispose() => _packages.ForEach(package => package.Dispose());

    private void Add(ZipArchive archive, string package)
    {
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            // The names in a package are escaped as in addresses.
            Match place = Place().Match(Uri.UnescapeDataString(entry.FullName));
            if (!place.Success || place.Groups["platform"].Value != InstalledRuntime.Platform)
            {
                continue;
            }

            string name = place.Groups["name"].Value;
            if (name.Contains('/', StringComparison.Ordinal) || !FileNames.IsInside(name))
            {
                throw new ModelStoreException($"{package} holds '{name}', a name that may leave the runtime's folder: nothing is installed. Check --source.");
            }

            bool isFragment = place.Groups["root"].Value == "fragments";
            Match number = Fragment().Match(name);
            if (isFragment && number.Success)
            {
                PiecesOf(number.Groups["name"].Value)[int.Parse(number.Groups["number"].Value, CultureInfo.InvariantCulture)] = entry;
            }
            else if (!isFragment && name.EndsWith(HashMark, StringComparison.Ordinal))
            {
                _hashes[name[..^HashMark.Length]] = entry;
            }
            else if (!isFragment && !Unused().IsMatch(name))
            {
                PiecesOf(name)[0] = entry;
            }
        }
    }

    private SortedDictionary<int, ZipArchiveEntry> PiecesOf(string name)
    {
        if (!_pieces.TryGetValue(name, out var pieces))
        {
            _pieces[name] = pieces = [];
        }

        return pieces;
    }

    private async Task<RecordedFile> UnpackAsync(string name, SortedDictionary<int, ZipArchiveEntry> pieces, string folder, CancellationToken token)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0;
        FileStream target = new(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        await using (target.ConfigureAwait(false))
        {
            byte[] buffer = new byte[Portion];
            foreach (ZipArchiveEntry piece in pieces.Values)
            {
                using Stream source = await piece.OpenAsync(token).ConfigureAwait(false);
                while (await source.ReadAsync(buffer, token).ConfigureAwait(false) is > 0 and var read)
                {
                    hash.AppendData(buffer, 0, read);
                    await target.WriteAsync(buffer.AsMemory(0, read), token).ConfigureAwait(false);
                    length += read;
                }
            }

            target.Flush(flushToDisk: true);
        }

        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        string? expected = _hashes.TryGetValue(name, out ZipArchiveEntry? entry) ? await ReadAsync(entry, token).ConfigureAwait(false) : null;
        bool isWhole = pieces.Count == 1 ? pieces.ContainsKey(0) : pieces.Keys.SequenceEqual(Enumerable.Range(0, pieces.Count)) && expected is not null;
        return isWhole && (expected is null || expected == found)
            ? new RecordedFile(name, length, found)
            : throw new ModelStoreException($"{name} cannot be put together from its packages (SHA-256 {found}, expected {expected ?? "one that is missing"}): install again, or check --source.");
    }

    private static async Task<string> ReadAsync(ZipArchiveEntry entry, CancellationToken token)
    {
        using StreamReader reader = new(await entry.OpenAsync(token).ConfigureAwait(false));
        return (await reader.ReadToEndAsync(token).ConfigureAwait(false)).Trim().ToLowerInvariant();
    }

    private static string FileName(string library) => OperatingSystem.IsWindows() ? $"{library}.dll" : $"lib{library}.so";

    [GeneratedRegex(@"^(?<root>runtimes|fragments)/(?<platform>[a-z0-9-]+)/native/(?<name>.+)\z")]
    private static partial Regex Place();

    [GeneratedRegex(@"^(?<name>.+)\.fragment(?<number>[0-9]{1,3})\z")]
    private static partial Regex Fragment();

    // As in a build: what serves Python, tests and phones alone.
    [GeneratedRegex(@"^(lib)?(torch_python|torchbind_test|jitbackend_test|backend_with_compiler|nnapi_backend|aoti_custom_ops|shm)\.")]
    private static partial Regex Unused();
}
