using System.Globalization;
using System.Net;
using System.Text.Json;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;

namespace DiffusionLsp.Server.RuntimeStore;

/// <summary>One version of a package, as a feed's catalog has it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Bytes">The length of the package's file.</param>
/// <param name="Digest">Its hash.</param>
/// <param name="Needs">The packages that it depends on, with the least version of each.</param>
internal sealed record PackageEntry(string Id, string Version, long Bytes, FileDigest Digest, IReadOnlyList<(string Id, string Version)> Needs)
{
    /// <summary>The package's file.</summary>
    public HubFile File => new($"{Id}.{Version}.nupkg", Bytes, Digest);
}

/// <summary>
/// Reads a feed by NuGet's own protocol, version 3: the service index names the others, a registration leads to the
/// catalog, which has length, SHA-512 and dependencies, and the flat container has the files.
/// </summary>
internal sealed class PackageFeed : IDisposable
{
    private const string Registrations = "RegistrationsBaseUrl";
    private const string FlatContainer = "PackageBaseAddress/3.0.0";

    private readonly WebSettings _settings;
    private readonly PatientClient _web;
    private Uri? _registrations;
    private Uri? _files;

    /// <summary>Makes the client of a feed; no connection is opened yet.</summary>
    public PackageFeed(WebSettings settings, HttpMessageHandler handler)
    {
        _settings = settings;
        _web = new PatientClient(settings, handler);
    }

    /// <summary>Looks a version of a package up.</summary>
    /// <exception cref="ModelStoreException">The feed does not have it, or not all that has to be known of it.</exception>
    public async Task<PackageEntry> FindAsync(string id, string version, CancellationToken token)
    {
        await OpenAsync(token).ConfigureAwait(false);
        string name = $"{id} {version}";
        JsonElement leaf = await ReadAsync(name, new Uri(_registrations!, Lower($"{id}/{version}.json")), token).ConfigureAwait(false);
        JsonElement entry = leaf.Member("catalogEntry") switch
        {
            { ValueKind: JsonValueKind.String } address when Uri.TryCreate(_registrations, address.GetString(), out Uri? page) && IsSafe(page) =>
                await ReadAsync(name, page, token).ConfigureAwait(false),
            { ValueKind: JsonValueKind.Object } inline => inline,
            _ => throw Unknown(name),
        };
        return EntryOf(id, version, entry) ?? throw Unknown(name);
    }

    /// <summary>Opens a package's file, or the rest of it.</summary>
    public async Task<HubAnswer> OpenAsync(PackageEntry package, ByteRange? range, CancellationToken token)
    {
        await OpenAsync(token).ConfigureAwait(false);
        string path = Lower($"{package.Id}/{package.Version}/{package.Id}.{package.Version}.nupkg");
        HubAnswer answer = await _web.AskAsync(new Uri(_files!, path), range, token).ConfigureAwait(false);
        if (answer.Status is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return answer;
        }

        using (answer)
        {
            throw Refused($"{package.Id} {package.Version}", answer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _web.Dispose();

    private async Task OpenAsync(CancellationToken token)
    {
        if (_files is not null)
        {
            return;
        }

        JsonElement index = await ReadAsync("itself", _settings.Endpoint, token).ConfigureAwait(false);
        JsonElement[] resources = index.Member("resources") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
        _registrations = AddressOf(resources, Registrations);
        _files = AddressOf(resources, FlatContainer);
    }

    private Uri AddressOf(JsonElement[] resources, string type)
    {
        string? address = resources
            .Where(resource => resource.Member("@type") is { ValueKind: JsonValueKind.String } kind && kind.GetString() == type)
            .Select(resource => resource.Member("@id") is { ValueKind: JsonValueKind.String } id ? id.GetString() : null)
            .FirstOrDefault(id => id is not null);
        return Uri.TryCreate(_settings.Endpoint, address is null ? null : address.TrimEnd('/') + "/", out Uri? found) && IsSafe(found)
            ? found
            : throw new ModelStoreException($"{_settings.Endpoint} is no service index of a NuGet feed, version 3 (it names no {type}): check {_settings.Name}.");
    }

    // A feed that is encrypted leads to nothing that is not.
    private bool IsSafe(Uri address) => address.Scheme == "https" || (address.Scheme == "http" && _settings.Endpoint.Scheme == "http");

    private async Task<JsonElement> ReadAsync(string name, Uri address, CancellationToken token)
    {
        using HubAnswer answer = await _web.AskAsync(address, range: null, token).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.OK
            ? await _web.ReadJsonAsync(answer, name, token).ConfigureAwait(false)
            : throw Refused(name, answer);
    }

    private ModelStoreException Refused(string name, HubAnswer answer)
    {
        string code = string.Create(CultureInfo.InvariantCulture, $"{(int)answer.Status}");
        return new ModelStoreException(answer.Status switch
        {
            HttpStatusCode.NotFound => $"{_settings.Endpoint.Host} has no {name} ({code}): check {_settings.Name}.",
            var status when PatientClient.IsBusy(status) => $"{_settings.Endpoint.Host} is busy ({code}){_web.Wish(answer)}: install again later; what has come is kept.",
            _ => $"{_settings.Endpoint.Host} refuses {name} with the status {code}: check {_settings.Name} and the proxy.",
        });
    }

    private ModelStoreException Unknown(string name) => new(
        $"{_settings.Endpoint.Host} tells no length and SHA-512 of {name}, so it could not be checked: name a feed that does with {_settings.Name}.");

    private static PackageEntry? EntryOf(string id, string version, JsonElement entry)
    {
        bool isSha512 = entry.Member("packageHashAlgorithm") is { ValueKind: JsonValueKind.String } kind && kind.GetString() == "SHA512";
        string hash = entry.Member("packageHash") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
        Span<byte> bytes = stackalloc byte[64];
        return isSha512 && Convert.TryFromBase64String(hash, bytes, out int length) && length == bytes.Length
            && entry.Member("packageSize") is { ValueKind: JsonValueKind.Number } size && size.TryGetInt64(out long total) && total > 0
            ? new PackageEntry(id, version, total, new FileDigest(DigestKind.Sha512, Convert.ToHexStringLower(bytes)), [.. NeedsOf(entry)])
            : null;
    }

    private static IEnumerable<(string Id, string Version)> NeedsOf(JsonElement entry) =>
        from dependencies in Items(entry.Member("dependencyGroups")).Select(dependencyGroup => dependencyGroup.Member("dependencies"))
        from dependency in Items(dependencies)
        let id = dependency.Member("id") is { ValueKind: JsonValueKind.String } name ? name.GetString()! : ""
        let range = dependency.Member("range") is { ValueKind: JsonValueKind.String } versions ? versions.GetString()! : ""
        select (id, range.Trim('[', '(', ']', ')').Split(',')[0].Trim());

    private static JsonElement[] Items(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()] : [];

    private static string Lower(string path) => path.ToLowerInvariant();
}
