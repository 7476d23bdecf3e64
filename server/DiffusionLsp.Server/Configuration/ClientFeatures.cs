using System.Text.Json;
using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Configuration;

/// <summary>
/// What the client says it can do, as far as something depends on it. Inline completion itself is not here: Emacs asks
/// for it without announcing it. What is missing or of the wrong type is a feature that the client does not have.
/// </summary>
internal sealed record ClientFeatures
{
    /// <summary>What the client counts characters in, as this server chose it.</summary>
    public PositionEncoding Encoding { get; init; }

    /// <summary>Whether the client shows progress that the server begins.</summary>
    public bool ShowsProgress { get; init; }

    /// <summary>Whether inline completion can be announced later than at the start.</summary>
    public bool RegistersInlineCompletion { get; init; }

    /// <summary>Reads a client's capabilities.</summary>
    public static ClientFeatures Of(JsonElement capabilities) => new()
    {
        Encoding = PositionEncodings.Choose(Strings(capabilities.Member("general", "positionEncodings"))),
        ShowsProgress = capabilities.Member("window", "workDoneProgress") is { ValueKind: JsonValueKind.True },
        RegistersInlineCompletion = capabilities.Member("textDocument", "inlineCompletion", "dynamicRegistration")
            is { ValueKind: JsonValueKind.True },
    };

    private static IEnumerable<string?> Strings(JsonElement? array) => array is { ValueKind: JsonValueKind.Array } list
        ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString())
        : [];
}
