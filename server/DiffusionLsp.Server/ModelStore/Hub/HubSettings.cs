using System.Net;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>Which hub models come from, and how: the variables that Hugging Face's own tools read.</summary>
internal sealed record HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>The hub, or a mirror of it.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>What the user shows the hub; null: nothing.</summary>
    public string? Token { get; init; }

    /// <summary>The folder in which Hugging Face's tools keep what they have loaded.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether the hub may be asked.</summary>
    public HubAccess Access { get; init; }

    /// <summary>How long to wait before a second attempt; each further one waits twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a hub may ask for.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a connection may bring nothing before it counts as broken.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The hub as a place on the web.</summary>
    public WebSettings Web => new()
    {
        Endpoint = Endpoint,
        Token = Token,
        Name = "HF_ENDPOINT",
        WayOut = "name a mirror with HF_ENDPOINT, or add a folder that was loaded elsewhere with `diffusionlsp models add`",
        Again = "pull again",
        FirstDelay = FirstDelay,
        LongestDelay = LongestDelay,
        Silence = Silence,
    };

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Gives a variable's value.</param>
    public static HubSettings Of(Func<string, string?> variable)
    {
        string endpoint = Filled("HF_ENDPOINT") ?? DefaultEndpoint;
        if (!Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https"))
        {
            throw new ModelStoreException($"HF_ENDPOINT is '{endpoint}', which is no address: set it to a URL such as {DefaultEndpoint}, or unset it.");
        }

        string home = Filled("HF_HOME") ?? Path.Combine(
            Filled("XDG_CACHE_HOME")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "huggingface");
        return new HubSettings
        {
            Endpoint = address,
            Token = Filled("HF_TOKEN"),
            CacheFolder = Filled("HF_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Access = Filled("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE" ? HubAccess.Offline : HubAccess.Online,
        };

        string? Filled(string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;
    }

    /// <summary>What carries requests: proxies and certificates are the system's, and redirects are followed by hand.</summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
    };
}

/// <summary>Whether the hub may be asked.</summary>
internal enum HubAccess
{
    /// <summary>It may.</summary>
    Online,

    /// <summary>Nothing but the cache may be used.</summary>
    Offline,
}
