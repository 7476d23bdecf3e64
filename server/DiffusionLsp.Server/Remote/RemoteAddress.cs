using System.Net;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// Where a serving engine is asked, and how. The address decides both: its end says which of three ways of asking it knows,
/// and its host whether text leaves this machine. Such an address must be the one that the user confirmed, and encrypted.
/// </summary>
/// <param name="Endpoint">The address that requests go to.</param>
/// <param name="Form">What a request looks like.</param>
internal sealed record RemoteAddress(Uri Endpoint, RemoteForm Form)
{
    private const string InceptionHost = "api.inceptionlabs.ai";

    /// <summary>The address for people: nothing in it is secret.</summary>
    public string Shown => Endpoint.GetLeftPart(UriPartial.Path);

    /// <summary>Whether the engine runs on another machine, as far as the address tells.</summary>
    public bool LeavesMachine => !IsLoopback(Endpoint);

    /// <summary>Whether it is Inception's, which has a variable of its own for its key.</summary>
    public bool IsInception => Endpoint.Host == InceptionHost;

    /// <summary>Reads what the user wrote.</summary>
    /// <exception cref="EngineException">It is no address, or one that may not be used; the message says what to do.</exception>
    public static RemoteAddress Of(RemoteChoice choice)
    {
        if (!Uri.TryCreate(choice.Url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new EngineException(
                $"'{choice.Url}' is no address of an engine: give one such as http://127.0.0.1:8000 (setting engineUrl, option --engine).");
        }

        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw new EngineException(
                $"An engine's address holds no name, password or question mark: put the key for {address.Host} into {RemoteKey.Variable}.");
        }

        RequireAllowed(choice, address);
        RemoteAddress whole = Whole(address);
        RequireTemplate(choice.Template, whole);
        return whole;
    }

    private static void RequireAllowed(RemoteChoice choice, Uri address)
    {
        if (IsLoopback(address))
        {
            return;
        }

        if (address.Scheme != "https")
        {
            throw new EngineException(
                $"{choice.Url} is on another machine and not encrypted: use https, or a tunnel that ends at 127.0.0.1 (docs/remote-engine.md).");
        }

        if (choice.Confirmed != choice.Url)
        {
            throw new EngineException(
                $"{choice.Url} is on another machine, and the text around the cursor would go there: to agree, set engineConfirmed to exactly this address (option --engine-confirmed).");
        }
    }

    // A bare address and one that ends in /v1 leave the rest of the path to us.
    private static RemoteAddress Whole(Uri address)
    {
        string path = address.AbsolutePath.TrimEnd('/');
        if (path.Length == 0 || path.EndsWith("/v1", StringComparison.Ordinal))
        {
            string version = path.Length == 0 ? "/v1" : path;
            return address.Host == InceptionHost
                ? new RemoteAddress(new Uri(address, $"{version}/fim/completions"), RemoteForm.FillInTheMiddle)
                : new RemoteAddress(new Uri(address, $"{version}/completions"), RemoteForm.Completions);
        }

        return path switch
        {
            _ when path.EndsWith("/fim/completions", StringComparison.Ordinal) => new RemoteAddress(address, RemoteForm.FillInTheMiddle),
            _ when path.EndsWith("/chat/completions", StringComparison.Ordinal) => throw new EngineException(
                $"{address} is for conversations, which know no text after the cursor: end the address with /v1/completions, /v1/fim/completions or /infill."),
            _ when path.EndsWith("/completions", StringComparison.Ordinal) => new RemoteAddress(address, RemoteForm.Completions),
            _ when path.EndsWith("/infill", StringComparison.Ordinal) => new RemoteAddress(address, RemoteForm.Infill),
            _ => throw new EngineException(
                $"{address} does not say how the engine is asked: end the address with /v1, /v1/completions, /v1/fim/completions or /infill."),
        };
    }

    private static void RequireTemplate(string? template, RemoteAddress address)
    {
        if (template is null)
        {
            return;
        }

        if (address.Form != RemoteForm.Completions)
        {
            throw new EngineException($"{address.Shown} joins the texts itself: set no engineTemplate for it.");
        }

        if (!template.Contains(RemoteRequest.Prefix, StringComparison.Ordinal) || !template.Contains(RemoteRequest.Suffix, StringComparison.Ordinal))
        {
            throw new EngineException($"engineTemplate must hold {RemoteRequest.Prefix} and {RemoteRequest.Suffix}, with the model's own marks around them.");
        }
    }

    // Any name but this one may lead anywhere.
    private static bool IsLoopback(Uri address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? number) && IPAddress.IsLoopback(number));
}

/// <summary>The ways in which engines are asked for a middle.</summary>
internal enum RemoteForm
{
    /// <summary>OpenAI's <c>/v1/completions</c>, with a suffix or with both texts joined by a template.</summary>
    Completions,

    /// <summary><c>/v1/fim/completions</c> of Inception and Mistral.</summary>
    FillInTheMiddle,

    /// <summary><c>/infill</c> of llama.cpp's server.</summary>
    Infill,
}
