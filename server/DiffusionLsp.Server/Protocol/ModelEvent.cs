using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>
/// What happens to a model: a line of what <c>models pull, verify, remove</c> and <c>add</c> print with <c>--json</c>, and the
/// answer to the commands of these names.
/// </summary>
/// <param name="Event"><c>progress</c>, <c>waiting</c>, <c>installed</c>, <c>verified</c> or <c>removed</c>.</param>
/// <param name="Name">The model.</param>
internal sealed record ModelEvent(string Event, string Name)
{
    /// <summary>Where it lies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Folder { get; init; }

    /// <summary>The repository.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Repository { get; init; }

    /// <summary>The commit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Revision { get; init; }

    /// <summary>The number of files that were checked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Files { get; init; }

    /// <summary>The bytes that are here.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Bytes { get; init; }

    /// <summary>The bytes that there will be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TotalBytes { get; init; }

    /// <summary>How much is here, in whole percent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Percent { get; init; }

    /// <summary>How fast it comes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? BytesPerSecond { get; init; }

    /// <summary>How long it will take.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? SecondsLeft { get; init; }
}
