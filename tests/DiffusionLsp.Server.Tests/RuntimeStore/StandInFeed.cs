using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.RuntimeStore;

/// <summary>
/// A NuGet feed on this machine with TorchSharp's packages for CUDA, as its own build makes them: a head, a package of parts,
/// and one library in three pieces with the hash of the whole beside the first.
/// </summary>
internal sealed class StandInFeed : IDisposable
{
    public const string Version = "2.10.0";

    private static readonly string _libtorch = $"libtorch-cuda-12.8-{InstalledRuntime.Platform}";
    private readonly StandInHub _server = new("nobody/nothing", new Dictionary<string, byte[]>());
    private readonly Dictionary<string, (string Version, string[] Needs)> _entries = new(StringComparer.OrdinalIgnoreCase);

    public StandInFeed(IReadOnlyDictionary<string, byte[]> libraries, string split)
    {
        string head = OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";
        string[] parts = [$"{_libtorch}-part1", $"{_libtorch}-part2-primary", $"{_libtorch}-part2-fragment1", $"{_libtorch}-part2-fragment2"];
        _entries[head] = (InstalledRuntime.TorchSharpVersion, ["TorchSharp", _libtorch]);
        _entries[_libtorch] = (Version, parts);
        Add(_libtorch, new Dictionary<string, byte[]> { ["LICENSE-LIBTORCH.txt"] = [1] });
        string native = $"runtimes/{InstalledRuntime.Platform}/native/";
        byte[] whole = libraries[split];
        int third = whole.Length / 3;
        Add(parts[0], libraries.Where(library => library.Key != split).ToDictionary(library => native + library.Key, library => library.Value));
        Add(parts[1], new Dictionary<string, byte[]>
        {
            [native + split] = whole[..third],
            [$"{native}{split}.sha"] = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(whole))),
        });
        string fragments = native.Replace("runtimes", "fragments", StringComparison.Ordinal);
        Add(parts[2], new Dictionary<string, byte[]> { [$"{fragments}{split}.fragment1"] = whole[third..(2 * third)] });
        Add(parts[3], new Dictionary<string, byte[]> { [$"{fragments}{split}.fragment2"] = whole[(2 * third)..] });
        foreach (string part in parts)
        {
            _entries[part] = (Version, []);
        }

        _server.Before = call => Before(call) ?? Answer(call);
    }

    /// <summary>The packages by their id.</summary>
    public Dictionary<string, byte[]> Packages { get; } = new(StringComparer.OrdinalIgnoreCase);

    public string Index => _server.Endpoint + "/v3/index.json";

    public IEnumerable<HubCall> Calls => _server.Calls;

    /// <summary>Answers a call in the feed's place; null leaves it to the feed.</summary>
    public Func<HubCall, HubReply?> Before { get; set; } = _ => null;

    public static string Primary => $"{_libtorch}-part2-primary";

    public static bool IsFileOf(HubCall call, string id) => call.Path.StartsWith($"/flat/{id}/", StringComparison.Ordinal);

    /// <summary>Puts files into a package, in place of what it held.</summary>
    public void Add(string id, IReadOnlyDictionary<string, byte[]> files)
    {
        using MemoryStream bytes = new();
        using (ZipArchive archive = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        Packages[id] = bytes.ToArray();
    }

    /// <summary>The feed's own reply with a package, or the part that is asked for.</summary>
    public HubReply File(HubCall call)
    {
        byte[] content = Packages[call.Path.Split('/')[2]];
        Dictionary<string, string> headers = new() { ["ETag"] = "\"1\"" };
        if (call.Header("Range") is not { } range)
        {
            return new HubReply(200, content) { Headers = headers };
        }

        int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        headers["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}";
        return new HubReply(206, content[from..]) { Headers = headers };
    }

    public void Dispose() => _server.Dispose();

    private HubReply Answer(HubCall call)
    {
        string[] path = call.Path.Split('/');
        return path switch
        {
            [_, "v3", "index.json"] => Json(new
            {
                version = "3.0.0",
                resources = new[]
                {
                    new Dictionary<string, string> { ["@id"] = _server.Endpoint + "/registration/", ["@type"] = "RegistrationsBaseUrl" },
                    new Dictionary<string, string> { ["@id"] = _server.Endpoint + "/flat/", ["@type"] = "PackageBaseAddress/3.0.0" },
                },
            }),
            [_, "registration", var id, _] when _entries.TryGetValue(id, out var entry) && path[3] == $"{entry.Version}.json" =>
                Json(new { catalogEntry = $"{_server.Endpoint}/catalog/{id}.json" }),
            [_, "catalog", var file] => Json(Catalog(file[..^".json".Length])),
            [_, "flat", var id, _, _] when Packages.ContainsKey(id) => File(call),
            _ => new HubReply(404, []),
        };
    }

    private object Catalog(string id)
    {
        byte[] package = Packages.GetValueOrDefault(id) ?? [0];
        return new
        {
            packageHash = Convert.ToBase64String(SHA512.HashData(package)),
            packageHashAlgorithm = "SHA512",
            packageSize = package.Length,
            dependencyGroups = new[]
            {
                new { dependencies = _entries[id].Needs.Select(need => new { id = need, range = $"[{_entries.GetValueOrDefault(need).Version ?? "1.0.0"}, )" }) },
            },
        };
    }

    private static HubReply Json(object body) => new(200, JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ["Content-Type"] = "application/json" } };
}
