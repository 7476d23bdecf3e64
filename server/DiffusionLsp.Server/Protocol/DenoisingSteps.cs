using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>
/// The parameters of <c>diffusion/denoisingStep</c>, a notification of our own: the gap after one step of denoising. Sent
/// to clients that ask for it, at most twenty times a second, and always for the last step of a request.
/// </summary>
internal sealed record DenoisingStepParams
{
    /// <summary>The document, as the client writes its URI.</summary>
    public required string Uri { get; init; }

    /// <summary>Where the gap is.</summary>
    public required Position Position { get; init; }

    /// <summary>Which request the step is for; counts up from 1 through all documents.</summary>
    public required int Request { get; init; }

    /// <summary>The number of the step, from 1; numbers that are missing were not sent.</summary>
    public required int Step { get; init; }

    /// <summary>The gap from left to right.</summary>
    public required IReadOnlyList<DenoisingCell> Cells { get; init; }

    /// <summary>How long ago the request reached the queue, in milliseconds.</summary>
    public required double Milliseconds { get; init; }
}

/// <summary>One token of the gap.</summary>
internal sealed record DenoisingCell
{
    /// <summary>Its text; empty while it is masked.</summary>
    public required string Text { get; init; }

    /// <summary>Whether it is written, and since when.</summary>
    public required DenoisingCellState State { get; init; }

    /// <summary>How sure the model was when it wrote it; while masked, how sure it is of its best guess. 0 to 1.</summary>
    public required double Confidence { get; init; }
}

/// <summary>Whether a token of the gap is written, and since when.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DenoisingCellState>))]
internal enum DenoisingCellState
{
    /// <summary>Not yet.</summary>
    [JsonStringEnumMemberName("masked")]
    Masked,

    /// <summary>Since this step.</summary>
    [JsonStringEnumMemberName("fresh")]
    Fresh,

    /// <summary>Since an earlier step.</summary>
    [JsonStringEnumMemberName("committed")]
    Committed,
}
