using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>
/// Speaks the hub's protocol: listings and files, redirects with a check of every hop, attempts again where the hub is
/// busy. The user's token is shown to the hub alone, never to where it redirects.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostHops = 10;
    private const int MostAttempts = 5;
    private const int LongestListing = 64 << 20;
    private const int MostPages = 1000;

    private readonly HubSettings _settings;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<HubAnswer> _attempts;

    /// <summary>Makes the client; no connection is opened yet.</summary>
    /// <param name="settings">Which hub.</param>
    /// <param name="handler">Carries the requests; it follows no redirects.</param>
    public HubClient(HubSettings settings, HttpMessageHandler handler)
    {
        _settings = settings;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("diffusionlsp", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
        _attempts = new ResiliencePipelineBuilder<HubAnswer>().AddRetry(new RetryStrategyOptions<HubAnswer>
        {
            MaxRetryAttempts = MostAttempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = settings.FirstDelay,
            ShouldHandle = attempt => ValueTask.FromResult(
                attempt.Outcome.Exception is HttpRequestException
                {
                    HttpRequestError: not (HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError),
                }
                || (attempt.Outcome.Result is { } answer && IsBusy(answer.Status) && !(AskedDelay(answer) > settings.LongestDelay))),
            DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Result is { } answer ? AskedDelay(answer) : null),
            OnRetry = attempt =>
            {
                attempt.Outcome.Result?.Dispose();
                return ValueTask.CompletedTask;
            },
        }).Build();
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
        HubAnswer answer = await AskAsync(AddressOf($"{listing.Repository}/resolve/{listing.Commit}/{path}"), range, token).ConfigureAwait(false);
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
    public void Dispose() => _http.Dispose();

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
        using HubAnswer answer = await AskAsync(address, range: null, token).ConfigureAwait(false);
        RequireSuccess(repository, answer);
        try
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(token);
            silence.CancelAfter(_settings.Silence);
            await answer.Response.Content.LoadIntoBufferAsync(LongestListing, silence.Token).ConfigureAwait(false);
            using var json = await JsonDocument.ParseAsync(
                await answer.Response.Content.ReadAsStreamAsync(token).ConfigureAwait(false), default, token).ConfigureAwait(false);
            return (json.RootElement.Clone(), NextPage(answer));
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException
            || (e is OperationCanceledException && !token.IsCancellationRequested))
        {
            throw new ModelStoreException(
                $"what {_settings.Endpoint.Host} says of {repository} cannot be read ({e.Message.TrimEnd('.')}): try again, and check HF_ENDPOINT and the proxy.", e);
        }
    }

    private async Task<HubAnswer> AskAsync(Uri address, ByteRange? range, CancellationToken token)
    {
        try
        {
            return await _attempts.ExecuteAsync(
                async attempt => await FollowAsync(address, range, attempt).ConfigureAwait(false), token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new ModelStoreException(
                $"cannot reach {_settings.Endpoint.Host} ({Innermost(e).TrimEnd('.')}): check the network and HTTPS_PROXY, name a mirror "
                + "with HF_ENDPOINT, or add a folder that was loaded elsewhere with `diffusionlsp models add`.",
                e);
        }
    }

    private async Task<HubAnswer> FollowAsync(Uri start, ByteRange? range, CancellationToken token)
    {
        HashSet<Uri> seen = [];
        HubAnswer? first = null;
        for (Uri address = start; seen.Count <= MostHops && seen.Add(address);)
        {
            HttpResponseMessage response = await SendAsync(address, range, token).ConfigureAwait(false);
            HubAnswer answer = first is null ? HubAnswer.Of(response) : first.Then(response);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return answer;
            }

            first = answer;
            Uri? next = response.Headers.Location is { } location ? new Uri(address, location) : null;
            response.Dispose();
            address = next is { Scheme: "https" } || (next is { Scheme: "http" } && address.Scheme == "http")
                ? next
                : throw new ModelStoreException(
                    $"{address.Host} redirects to '{next}', which is not safe to follow: check HF_ENDPOINT and the proxy.");
        }

        throw new ModelStoreException(
            $"{start.Host} redirects in a circle or more than {MostHops} times: check HF_ENDPOINT and the proxy, then pull again.");
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, ByteRange? range, CancellationToken token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        bool isHub = Uri.Compare(address, _settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
        if (isHub && _settings.Token is { } secret)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        if (range is not null)
        {
            request.Headers.Range = new RangeHeaderValue(range.From, to: null);
            request.Headers.IfRange = range.Tag is null ? null : new RangeConditionHeaderValue(range.Tag);
        }

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(token);
        silence.CancelAfter(_settings.Silence);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!token.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {_settings.Silence.TotalSeconds:0} s", e);
        }
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
            _ when IsBusy(status) =>
                $"{_settings.Endpoint.Host} is busy ({code}){Wish(answer)}: pull again later; what has come is kept.",
            _ => $"{_settings.Endpoint.Host} refuses {repository} with the status {code}: check HF_ENDPOINT and the proxy.",
        });
    }

    private string Wish(HubAnswer answer) => AskedDelay(answer) is { } delay && delay > _settings.LongestDelay
        ? string.Create(CultureInfo.InvariantCulture, $" and asks to wait {delay.TotalSeconds:0} s")
        : $" after {MostAttempts} attempts";

    private static bool IsBusy(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    private static TimeSpan? AskedDelay(HubAnswer answer) => answer.Response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => TimeSpan.FromTicks(Math.Max(0, (date - DateTimeOffset.UtcNow).Ticks)),
        _ => null,
    };

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

    private static string Innermost(Exception e) => e.GetBaseException().Message;
}
