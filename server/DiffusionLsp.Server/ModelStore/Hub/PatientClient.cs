using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>
/// Asks a place on the web for files and listings: redirects with a check of every hop, attempts again where it is busy. The
/// user's token is shown to that place alone, never to where it redirects.
/// </summary>
internal sealed class PatientClient : IDisposable
{
    private const int MostHops = 10;
    private const int MostAttempts = 5;
    private const int LongestListing = 64 << 20;

    private readonly WebSettings _settings;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<HubAnswer> _attempts;

    /// <summary>Makes the client; no connection is opened yet.</summary>
    /// <param name="settings">Which place.</param>
    /// <param name="handler">Carries the requests; it follows no redirects.</param>
    public PatientClient(WebSettings settings, HttpMessageHandler handler)
    {
        _settings = settings;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("diffusionlsp", typeof(PatientClient).Assembly.GetName().Version?.ToString(3)));
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

    /// <summary>Whether a status may be another one a little later.</summary>
    public static bool IsBusy(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    /// <summary>How long a busy place wants to be left alone, or how often it was asked, for a message.</summary>
    public string Wish(HubAnswer answer) => AskedDelay(answer) is { } delay && delay > _settings.LongestDelay
        ? string.Create(CultureInfo.InvariantCulture, $" and asks to wait {delay.TotalSeconds:0} s")
        : $" after {MostAttempts} attempts";

    /// <summary>Reads an answer that is JSON.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="about">What it is about, for a message.</param>
    /// <param name="token">Stops it.</param>
    /// <exception cref="ModelStoreException">It is none.</exception>
    public async Task<JsonElement> ReadJsonAsync(HubAnswer answer, string about, CancellationToken token)
    {
        try
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(token);
            silence.CancelAfter(_settings.Silence);
            await answer.Response.Content.LoadIntoBufferAsync(LongestListing, silence.Token).ConfigureAwait(false);
            using var json = await JsonDocument.ParseAsync(
                await answer.Response.Content.ReadAsStreamAsync(token).ConfigureAwait(false), default, token).ConfigureAwait(false);
            return json.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException
            || (e is OperationCanceledException && !token.IsCancellationRequested))
        {
            throw new ModelStoreException(
                $"what {_settings.Endpoint.Host} says of {about} cannot be read ({e.Message.TrimEnd('.')}): try again, and check {_settings.Name} and the proxy.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Asks, again where that may help, and follows redirects.</summary>
    /// <param name="address">What is asked for.</param>
    /// <param name="range">What is wanted of it; null: all.</param>
    /// <param name="token">Stops it.</param>
    /// <exception cref="ModelStoreException">It cannot be reached, or leads where nobody should follow.</exception>
    public async Task<HubAnswer> AskAsync(Uri address, ByteRange? range, CancellationToken token)
    {
        try
        {
            return await _attempts.ExecuteAsync(
                async attempt => await FollowAsync(address, range, attempt).ConfigureAwait(false), token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new ModelStoreException(
                $"cannot reach {_settings.Endpoint.Host} ({e.GetBaseException().Message.TrimEnd('.')}): check the network and HTTPS_PROXY, {_settings.WayOut}.",
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
                    $"{address.Host} redirects to '{next}', which is not safe to follow: check {_settings.Name} and the proxy.");
        }

        throw new ModelStoreException(
            $"{start.Host} redirects in a circle or more than {MostHops} times: check {_settings.Name} and the proxy, then {_settings.Again}.");
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

    private static TimeSpan? AskedDelay(HubAnswer answer) => answer.Response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => TimeSpan.FromTicks(Math.Max(0, (date - DateTimeOffset.UtcNow).Ticks)),
        _ => null,
    };
}
