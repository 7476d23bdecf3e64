using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>How a request for a suggestion ended, and so why nothing was shown where nothing was.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RequestOutcome>))]
internal enum RequestOutcome
{
    /// <summary>A suggestion was shown.</summary>
    [JsonStringEnumMemberName("shown")]
    Shown,

    /// <summary>The rest of a suggestion that was made before was shown, without the engine.</summary>
    [JsonStringEnumMemberName("reused")]
    Reused,

    /// <summary>Suggestions are switched off, or are only made when asked for.</summary>
    [JsonStringEnumMemberName("off")]
    Off,

    /// <summary>The document is not open, or the place is no place for a suggestion.</summary>
    [JsonStringEnumMemberName("no place")]
    NoPlace,

    /// <summary>The document is secret or ignored.</summary>
    [JsonStringEnumMemberName("ignored")]
    Ignored,

    /// <summary>The model is being loaded.</summary>
    [JsonStringEnumMemberName("loading")]
    Loading,

    /// <summary>The model could not be loaded.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>The model does not know the language.</summary>
    [JsonStringEnumMemberName("no model for this language")]
    UnknownLanguage,

    /// <summary>The model has nothing to suggest.</summary>
    [JsonStringEnumMemberName("nothing to suggest")]
    Empty,

    /// <summary>A filter dropped what the model suggested.</summary>
    [JsonStringEnumMemberName("filtered")]
    Filtered,

    /// <summary>The model is not sure enough.</summary>
    [JsonStringEnumMemberName("below the confidence floor")]
    BelowFloor,

    /// <summary>The answer took longer than the user gives; it is kept for the next request.</summary>
    [JsonStringEnumMemberName("over budget")]
    OverBudget,

    /// <summary>A newer request came, or the engine was lost.</summary>
    [JsonStringEnumMemberName("superseded")]
    Superseded,

    /// <summary>The serving engine gave no answer; the status says why.</summary>
    [JsonStringEnumMemberName("no answer")]
    NoAnswer,

    /// <summary>The text moved on; the answer is kept for the next request.</summary>
    [JsonStringEnumMemberName("stale")]
    Stale,

    /// <summary>The client cancelled it.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}

/// <summary>One request, for people who ask what the server has been doing. It holds no source text.</summary>
internal sealed record RequestEntry
{
    /// <summary>When it came.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The document.</summary>
    public required string Uri { get; init; }

    /// <summary>Whether somebody asked for it by a command.</summary>
    public required bool Invoked { get; init; }

    /// <summary>How it ended.</summary>
    public required RequestOutcome Outcome { get; init; }

    /// <summary>In words what the outcome leaves open; null where it says all.</summary>
    public string? Reason { get; init; }

    /// <summary>Milliseconds from the request to the answer.</summary>
    public required double Ms { get; init; }

    /// <summary>Milliseconds of that in the engine; null where it was not asked.</summary>
    public double? EngineMs { get; init; }

    /// <summary>Forward passes; null where the engine was not asked.</summary>
    public int? Forwards { get; init; }

    /// <summary>Tokens that each forward pass brought; null where the engine was not asked.</summary>
    public double? TokensPerForward { get; init; }

    /// <summary>How sure the model was of all of it, 0 to 1; null where the engine was not asked.</summary>
    public double? Likelihood { get; init; }
}
