using System.Text.Json;

namespace DiffusionLsp.Server.Protocol;

/// <summary>The parameters of <c>window/workDoneProgress/create</c>.</summary>
internal sealed record WorkDoneProgressCreateParams
{
    /// <summary>The name under which the progress will be reported.</summary>
    public required string Token { get; init; }
}

/// <summary>The parameters of <c>$/progress</c>.</summary>
internal sealed record ProgressParams
{
    /// <summary>The name under which it is reported.</summary>
    public required string Token { get; init; }

    /// <summary>The beginning, a report or the end.</summary>
    public required JsonElement Value { get; init; }
}

/// <summary>Something has begun.</summary>
internal sealed record WorkDoneProgressBegin
{
    /// <summary>Says which of the three it is: <c>begin</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What has begun.</summary>
    public required string Title { get; init; }

    /// <summary>Whether the user can stop it.</summary>
    public bool? Cancellable { get; init; }

    /// <summary>More about it.</summary>
    public string? Message { get; init; }

    /// <summary>How much of it is done, 0 to 100, which reports give too; null where nobody can tell.</summary>
    public int? Percentage { get; init; }
}

/// <summary>Something goes on.</summary>
internal sealed record WorkDoneProgressReport
{
    /// <summary>Says which of the three it is: <c>report</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>How it stands.</summary>
    public string? Message { get; init; }

    /// <summary>How much of it is done, 0 to 100, never less than in the report before; null where nobody can tell.</summary>
    public int? Percentage { get; init; }
}

/// <summary>Something has ended.</summary>
internal sealed record WorkDoneProgressEnd
{
    /// <summary>Says which of the three it is: <c>end</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What came of it.</summary>
    public string? Message { get; init; }
}

/// <summary>The parameters of <c>window/workDoneProgress/cancel</c>.</summary>
internal sealed record WorkDoneProgressCancelParams
{
    /// <summary>The name under which it is reported.</summary>
    public required string Token { get; init; }
}
