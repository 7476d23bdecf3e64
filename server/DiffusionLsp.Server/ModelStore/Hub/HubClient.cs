using System.Globalization;
using System.Net;
using System.Text.Json;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>Speaks the hub's protocol: listings, in pages, and the files of one commit.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MostPages = 1000;

    private readonly HubSettings _settings;
    private readonly PatientClient _web;

    /// <summary>Makes the client; no connection is opened yet.</summary>
    /// <param name="settings">Which hub.</param>
    /// <param name="handler">Carries the requests; it follows no redirects.</param>
    public HubClient(HubSettings settings, HttpMessageHandler handler)
    {
        _settings = settings;
        _web = new PatientClient(settings.Web, handler);
    }

    /// <summary>What the hub has at a revision.</summary>
    public async Task<HubListing> ListAsync(string repository, string revision, CancellationToken token)
    {
        Uri address = AddressOf($"api/models/{repository}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        var (answer, _) = await ReadJsonAsync(repository, address, token).ConfigureAwait(false);
        HubListing listing = HubListing.Read(repository, answer);

        // Mirrors do not all know of `blobs`; what it leaves out, the tree has.
        return listing.Files.Any(file => file.Bytes is null || file.Digest is null)
            ? listing.WithTree(await ReadTreeAsync(listing, token).ConfigureAwait(false))
            : listing;
    }

    /// <summary>A file from an offset on.</summary>
    /// <param name="listing">The repository and its commit.</param>
    /// <param name="name">The file.</param>
    /// <param name="range">What is wanted of it; null: all.</param>
    /// <param name="token">Stops it.</param>
    /// <exception cref="ModelStoreException">The hub refuses, or cannot be reached.</exception>
    public async Task<HubAnswer> OpenAsync(HubListing listing, string name, ByteRange? range, CancellationToken token)
    {
        string path = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        HubAnswer answer = await _web.AskAsync(AddressOf($"{listing.Repository}/resolve/{listing.Commit}/{path}"), range, token).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return answer;
        }

        try
        {
            RequireSuccess(listing.Repository, answer);
            return answer.Commit is null || answer.Commit == listing.Commit
                ? answer
                : throw new ModelStoreException(
                    $"the hub answers with commit {answer.Commit} of {listing.Repository} where {listing.Commit} was asked for: pull it again.");
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _web.Dispose();

    private Uri AddressOf(string path) => new(_settings.Endpoint, path);

    private async Task<List<JsonElement>> ReadTreeAsync(HubListing listing, CancellationToken token)
    {
        List<JsonElement> entries = [];
        Uri? page = AddressOf($"api/models/{listing.Repository}/tree/{listing.Commit}?recursive=true");
        for (int pages = 0; page is not null && pages < MostPages; pages++)
        {
            (JsonElement answer, page) = await ReadJsonAsync(listing.Repository, page, token).ConfigureAwait(false);
            entries.AddRange(answer.ValueKind == JsonValueKind.Array ? answer.EnumerateArray() : []);
        }

        return entries;
    }

    /// <summary>Reads a JSON answer, and where the next page of it is.</summary>
    private async Task<(JsonElement Answer, Uri? Next)> ReadJsonAsync(string repository, Uri address, CancellationToken token)
    {
        using HubAnswer answer = await _web.AskAsync(address, range: null, token).ConfigureAwait(false);
        RequireSuccess(repository, answer);
        return (await _web.ReadJsonAsync(answer, repository, token).ConfigureAwait(false), NextPage(answer));
    }

    private void RequireSuccess(string repository, HubAnswer answer)
    {
        HttpStatusCode status = answer.Status;
        if (status is HttpStatusCode.OK or HttpStatusCode.PartialContent)
        {
            return;
        }

        string code = string.Create(CultureInfo.InvariantCulture, $"{(int)status}");
        string page = new Uri(_settings.Endpoint, repository).ToString();
        throw new ModelStoreException((status, answer.ErrorCode) switch
        {
            (_, "RevisionNotFound") => $"{repository} has no such revision: see {page} for its branches and commits.",
            (_, "GatedRepo") or (HttpStatusCode.Forbidden, _) =>
                $"{repository} is open only to those who accept its terms ({code}): do so at {page}, then set HF_TOKEN to a token of that account.",
            (HttpStatusCode.Unauthorized, _) =>
                $"the hub lets nobody see {repository} without leave ({code}): check its name, and for a private or gated model set HF_TOKEN.",
            (HttpStatusCode.NotFound, _) => $"the hub has no {repository}, or not what was asked of it ({code}): check the name and the revision.",
            _ when PatientClient.IsBusy(status) =>
                $"{_settings.Endpoint.Host} is busy ({code}){_web.Wish(answer)}: pull again later; what has come is kept.",
            _ => $"{_settings.Endpoint.Host} refuses {repository} with the status {code}: check HF_ENDPOINT and the proxy.",
        });
    }

    // The pages of a listing are linked as RFC 8288 says; a link elsewhere than to the hub is not followed.
    private Uri? NextPage(HubAnswer answer)
    {
        string? next = answer.Response.Headers.TryGetValues("Link", out var links)
            ? string.Join(',', links).Split(',').FirstOrDefault(link => link.Contains("rel=\"next\"", StringComparison.Ordinal))
            : null;
        int start = next?.IndexOf('<', StringComparison.Ordinal) ?? -1, end = next?.IndexOf('>', StringComparison.Ordinal) ?? -1;
        return start >= 0 && end > start && Uri.TryCreate(_settings.Endpoint, next![(start + 1)..end], out var page)
            && page.Host == _settings.Endpoint.Host ? page : null;
    }
}
