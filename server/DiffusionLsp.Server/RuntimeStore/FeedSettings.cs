using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;

namespace DiffusionLsp.Server.RuntimeStore;

/// <summary>Which feed of NuGet packages runtimes come from.</summary>
internal static class FeedSettings
{
    /// <summary>The variable that names another feed.</summary>
    public const string Variable = "DIFFUSIONLSP_NUGET_FEED";

    private const string NuGet = "https://api.nuget.org/v3/index.json";

    /// <summary>The feed as a place on the web; its address is that of its service index.</summary>
    /// <param name="source">What the user gave on the command line; null: nothing.</param>
    /// <param name="variable">Gives a variable of the environment.</param>
    /// <exception cref="ModelStoreException">It is no address.</exception>
    public static WebSettings Of(string? source, Func<string, string?> variable)
    {
        string address = source ?? (variable(Variable)?.Trim() is { Length: > 0 } named ? named : NuGet);
        return Uri.TryCreate(address, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? new WebSettings
            {
                Endpoint = endpoint,
                Name = "--source",
                WayOut = $"or name a mirror's service index with --source or {Variable}",
                Again = "install again",
            }
            : throw new ModelStoreException($"'{address}' is no feed's address: give one such as {NuGet} (--source, {Variable}).");
    }
}
