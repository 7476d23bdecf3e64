using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>The parameters of <c>client/registerCapability</c>.</summary>
internal sealed record RegistrationParams
{
    /// <summary>What the server can do from here on.</summary>
    public required IReadOnlyList<Registration> Registrations { get; init; }
}

/// <summary>One thing that the server can do.</summary>
internal sealed record Registration
{
    /// <summary>The name of this registration.</summary>
    public required string Id { get; init; }

    /// <summary>The method that the client may call.</summary>
    public required string Method { get; init; }

    /// <summary>The method's options.</summary>
    public JsonElement? RegisterOptions { get; init; }
}

/// <summary>The options of inline completion where it is announced late.</summary>
internal sealed record InlineCompletionRegistrationOptions
{
    /// <summary>For which documents; null, which must be written out, leaves it to the client.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public JsonElement? DocumentSelector { get; init; }
}
