using System.Net.Http.Headers;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// What an engine is shown so that it answers. It comes from the environment alone, where editors put it that keep it in a
/// store of their own; no setting holds it, and it is written nowhere.
/// </summary>
internal static class RemoteKey
{
    /// <summary>The variable of the environment that holds the key.</summary>
    public const string Variable = "DIFFUSIONLSP_ENGINE_KEY";

    /// <summary>The variable that Inception's own tools read.</summary>
    public const string InceptionVariable = "INCEPTION_API_KEY";

    /// <summary>The key for an address; null where there is none.</summary>
    /// <param name="address">Where it is shown.</param>
    /// <param name="variable">Gives a variable's value.</param>
    /// <exception cref="EngineException">It cannot be a key.</exception>
    public static AuthenticationHeaderValue? For(RemoteAddress address, Func<string, string?> variable)
    {
        string[] names = address.IsInception ? [Variable, InceptionVariable] : [Variable];
        foreach (string name in names)
        {
            if (variable(name)?.Trim() is not { Length: > 0 } key)
            {
                continue;
            }

            return key.All(c => c is > ' ' and <= '~')
                ? new AuthenticationHeaderValue("Bearer", key)
                : throw new EngineException($"What {name} holds is no key: it has characters that no key has. Set it again.");
        }

        return null;
    }

    /// <summary>What to set where the key is missing or wrong.</summary>
    public static string NamesFor(RemoteAddress address) => address.IsInception ? $"{InceptionVariable} or {Variable}" : Variable;
}
