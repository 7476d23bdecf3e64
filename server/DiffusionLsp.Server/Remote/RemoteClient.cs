using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;
using DiffusionLsp.Server.Completion;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// One request to a serving engine and its answer, read as it comes. Redirects are not followed, since they may lead where
/// nobody agreed to let text go, and no proxy stands between this machine and itself.
/// </summary>
internal sealed class RemoteClient : IDisposable
{
    private const int LongestAnswer = 1 << 20;
    private const int LongestRefusal = 1 << 16;

    private readonly RemoteAddress _address;
    private readonly RemoteLimits _limits;
    private readonly RemoteFailure _failure;
    private readonly HttpClient _http;

    /// <summary>Makes the client; no connection is opened yet.</summary>
    /// <param name="address">The engine.</param>
    /// <param name="key">What it is shown; null: nothing.</param>
    /// <param name="limits">How long it is waited for.</param>
    public RemoteClient(RemoteAddress address, AuthenticationHeaderValue? key, RemoteLimits limits)
    {
        _address = address;
        _limits = limits;
        _failure = new RemoteFailure(address);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = limits.Connect,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            UseCookies = false,
            UseProxy = address.LeavesMachine,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = key;
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("diffusionlsp", typeof(RemoteClient).Assembly.GetName().Version?.ToString(3)));
    }

    /// <summary>Asks, and reads until the answer is whole.</summary>
    /// <param name="body">The request.</param>
    /// <param name="middles">Takes the answer.</param>
    /// <param name="isWhole">Whether what has come is all that is wanted; then the rest is not waited for.</param>
    /// <param name="token">Ends it, and with it the engine's work.</param>
    /// <exception cref="EngineUnavailableException">There is no whole answer.</exception>
    public async Task AskAsync(HttpContent body, Middles middles, Func<bool> isWhole, CancellationToken token)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(token);
        late.CancelAfter(_limits.Whole);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(late.Token);
        silence.CancelAfter(_limits.Silence);
        bool isAnswered = false;
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, _address.Endpoint) { Content = body };
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
            isAnswered = true;
            await RequireSuccessAsync(response, silence.Token).ConfigureAwait(false);
            await ReadAsync(response, middles, isWhole, silence).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!token.IsCancellationRequested)
        {
            throw _failure.Silent(late.IsCancellationRequested ? _limits.Whole : _limits.Silence, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw isAnswered ? _failure.BrokenOff(e) : _failure.Lost(e);
        }
        catch (JsonException e)
        {
            throw _failure.Unreadable(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task ReadAsync(HttpResponseMessage response, Middles middles, Func<bool> isWhole, CancellationTokenSource silence)
    {
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            await response.Content.LoadIntoBufferAsync(LongestAnswer, silence.Token).ConfigureAwait(false);
            middles.Take(await response.Content.ReadAsStringAsync(silence.Token).ConfigureAwait(false));
            return;
        }

        using Stream stream = await response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
        int length = 0;
        await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(silence.Token).ConfigureAwait(false))
        {
            middles.Take(item.Data);
            length += item.Data.Length;
            if (middles.IsFinished || isWhole())
            {
                return;
            }

            if (length > LongestAnswer)
            {
                break;
            }

            silence.CancelAfter(_limits.Silence);
        }

        throw _failure.BrokenOff();
    }

    private async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken token)
    {
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return;
        }

        string said = "";
        try
        {
            await response.Content.LoadIntoBufferAsync(LongestRefusal, token).ConfigureAwait(false);
            said = await response.Content.ReadAsStringAsync(token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The status says enough.
        }

        throw _failure.Refused(response.StatusCode, response.Headers.RetryAfter, said);
    }
}
