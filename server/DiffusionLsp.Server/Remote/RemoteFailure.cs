using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using DiffusionLsp.Server.Completion;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// Why an engine gave no answer, in words for its user. An engine's own words are never passed on: some repeat the text that
/// they were sent, or a part of the key.
/// </summary>
/// <param name="address">The engine.</param>
internal sealed class RemoteFailure(RemoteAddress address)
{
    private static readonly TimeSpan _untilSetUpAnew = TimeSpan.FromMinutes(1);

    /// <summary>It could not be reached, or the connection ended.</summary>
    public EngineUnavailableException Lost(Exception failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.SecureConnectionError,
    }
        ? Lasting($"{address.Shown} shows no certificate that this machine trusts: check the address, or add its certificate to the system's.", failure)
        : new($"{address.Shown} cannot be reached ({failure.GetBaseException().Message.TrimEnd('.')}): start the engine, or check engineUrl.", failure);

    /// <summary>It said nothing for so long.</summary>
    public EngineUnavailableException Silent(TimeSpan time, Exception failure) => new(
        string.Create(CultureInfo.InvariantCulture, $"{address.Shown} gave no answer within {time.TotalSeconds:0.#} s: see what it is doing."), failure);

    /// <summary>It ended an answer before its end.</summary>
    public EngineUnavailableException BrokenOff(Exception? failure = null) =>
        new($"{address.Shown} broke off in the middle of an answer: see its log.", failure);

    /// <summary>It sent something that is no answer.</summary>
    public EngineUnavailableException Unreadable(Exception failure) => new(
        $"{address.Shown} answers in a way that is not known here: check that engineUrl ends as the engine is asked (docs/remote-engine.md).", failure);

    /// <summary>It refused.</summary>
    /// <param name="status">The status.</param>
    /// <param name="retry">When it wants to be asked again.</param>
    /// <param name="body">What it said; only looked at.</param>
    public EngineUnavailableException Refused(HttpStatusCode status, RetryConditionHeaderValue? retry, string body)
    {
        string code = string.Create(CultureInfo.InvariantCulture, $"{(int)status}");
        return status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                Lasting($"{address.Shown} wants a key, or another one ({code}): put it into {RemoteKey.NamesFor(address)}, then restart the server."),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed =>
                Lasting($"{address.Shown} is not there ({code}): check how engineUrl ends, and engineModel (docs/remote-engine.md)."),
            HttpStatusCode.TooManyRequests => new($"{address.Shown} is asked too often ({code}): it is left alone for a while.") { Pause = Wish(retry) },
            _ when (int)status is >= 300 and < 400 =>
                Lasting($"{address.Shown} leads elsewhere ({code}), where nothing is sent: set engineUrl to the place itself."),
            _ when (int)status >= 500 && !SpeaksOfSuffix(body) => new($"{address.Shown} fails ({code}): see its log.") { Pause = Wish(retry) },
            _ when SpeaksOfSuffix(body) =>
                Lasting($"{address.Shown} takes no text after the cursor ({code}): set engineTemplate to the model's own form, or for llama.cpp end engineUrl with /infill."),
            _ => Lasting($"{address.Shown} refuses what it is asked ({code}): check engineModel and engineTemplate (docs/remote-engine.md)."),
        };
    }

    private static EngineUnavailableException Lasting(string message, Exception? failure = null) => new(message, failure) { Pause = _untilSetUpAnew };

    // vLLM and llama.cpp know the member and say that they do not take it, the latter with a 500.
    private static bool SpeaksOfSuffix(string body) =>
        body.Contains("suffix is not currently supported", StringComparison.OrdinalIgnoreCase)
        || body.Contains("Unsupported param: suffix", StringComparison.OrdinalIgnoreCase);

    private static TimeSpan? Wish(RetryConditionHeaderValue? retry) => retry switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => TimeSpan.FromTicks(Math.Max(0, (date - DateTimeOffset.UtcNow).Ticks)),
        _ => null,
    };
}
