using System.Text.Json;

namespace DiffusionLsp.Server.Configuration;

/// <summary>What a client sent, read leniently: what is missing or of another kind is null.</summary>
internal static class JsonMembers
{
    /// <summary>The member at the end of a path of names; null where the path ends before.</summary>
    public static JsonElement? Member(this JsonElement parent, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out parent))
            {
                return null;
            }
        }

        return parent;
    }
}
