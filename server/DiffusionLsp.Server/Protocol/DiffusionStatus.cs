using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>
/// The parameters of <c>diffusion/status</c>, a notification of our own: what an editor's status item shows. Sent
/// after <c>initialized</c> and whenever it changes.
/// </summary>
internal sealed record DiffusionStatusParams
{
    /// <summary>Whether suggestions can be expected.</summary>
    public required DiffusionState State { get; init; }

    /// <summary>The model's name, once it is loaded.</summary>
    public string? Model { get; init; }

    /// <summary>While the model is loaded, how much of its weights is there, in whole per cent; null where that is not known.</summary>
    public int? LoadedPercent { get; init; }

    /// <summary>Where the model runs, once it is loaded.</summary>
    public string? Device { get; init; }

    /// <summary>What one forward pass over a full window takes on this machine, in milliseconds, once it is measured.</summary>
    public double? ForwardMs { get; init; }

    /// <summary>Whether the model does what an instruction says, once it is loaded.</summary>
    public bool? FollowsInstructions { get; init; }

    /// <summary>The address of the serving engine that makes the infills; null where the model runs in a process of ours.</summary>
    public string? Engine { get; init; }

    /// <summary>True where that engine is on another machine, so that the text around the cursor goes there; else null.</summary>
    public bool? LeavesMachine { get; init; }

    /// <summary>One line for the user, where the state needs one.</summary>
    public string? Message { get; init; }

    /// <summary>How long the latest infill took, in milliseconds.</summary>
    public double? LastMs { get; init; }

    /// <summary>Tokens that each forward pass of the latest infill brought.</summary>
    public double? TokensPerForward { get; init; }

    /// <summary>
    /// By language id, why documents of that language get no suggestion while their user types; null while there is
    /// none such. Never changed in place: a new language makes a new dictionary.
    /// </summary>
    public IReadOnlyDictionary<string, string>? UnknownLanguages { get; init; }

    /// <summary>
    /// By URI, why nothing was shown in a document last, for the latest such documents; null while there is none. Reasons
    /// that come and go with every key are not among them. Never changed in place.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Documents { get; init; }
}

/// <summary>Whether suggestions can be expected.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiffusionState>))]
internal enum DiffusionState
{
    /// <summary>Soon.</summary>
    [JsonStringEnumMemberName("loading")]
    Loading,

    /// <summary>Yes.</summary>
    [JsonStringEnumMemberName("ready")]
    Ready,

    /// <summary>No: the model could not be loaded.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>No: the user switched them off.</summary>
    [JsonStringEnumMemberName("paused")]
    Paused,
}
