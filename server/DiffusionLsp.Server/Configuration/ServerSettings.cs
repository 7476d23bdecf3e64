using System.Text.Json;

namespace DiffusionLsp.Server.Configuration;

/// <summary>
/// The user's settings, as an editor sends them: the members of <c>initializationOptions</c>, or the section
/// <c>diffusionlsp</c> of a changed configuration. Unknown members are another version's; a member of the wrong type
/// keeps its old value, since a slip in a settings file must not cost the editor its server.
/// </summary>
internal sealed record ServerSettings
{
    /// <summary>The name of the section.</summary>
    public const string Section = "diffusionlsp";

    /// <summary>Whether suggestions are made.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The longest suggestion, in tokens; null takes the model's default.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>A model's name or folder; read when the server starts.</summary>
    public string? Model { get; init; }

    /// <summary>A device; read when the server starts.</summary>
    public string? Device { get; init; }

    /// <summary>
    /// Whether suggestions are items of the completion pop-up too; announced when the server starts.
    /// </summary>
    public bool CompletionFallback { get; init; }

    /// <summary>Whether the client wants to see every step of denoising; read when the server starts.</summary>
    public bool DenoisingSteps { get; init; }

    /// <summary>These settings, changed by what the client sent.</summary>
    public ServerSettings With(JsonElement? sent)
    {
        if (sent is not { ValueKind: JsonValueKind.Object } members)
        {
            return this;
        }

        return this with
        {
            Enabled = Truth(members, "enabled") ?? Enabled,
            CompletionFallback = Truth(members, "completionFallback") ?? CompletionFallback,
            DenoisingSteps = Truth(members, "denoisingSteps") ?? DenoisingSteps,
            MaxTokens = Member(members, "maxTokens") switch
            {
                { ValueKind: JsonValueKind.Null } => null,
                { ValueKind: JsonValueKind.Number } tokens
                    when tokens.TryGetInt32(out int count) && count > 0 => count,
                _ => MaxTokens,
            },
            Model = Text(members, "model") ?? Model,
            Device = Text(members, "device") ?? Device,
        };
    }

    /// <summary>These settings, changed by the section of a changed configuration.</summary>
    public ServerSettings WithSectionOf(JsonElement configuration) => With(Member(configuration, Section));

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement member) ? member : null;

    private static bool? Truth(JsonElement parent, string name) => Member(parent, name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static string? Text(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } text
        && text.GetString() is { Length: > 0 } value ? value : null;
}
