namespace DiffusionLsp.Server.Protocol;

/// <summary>The parameters of <c>window/logMessage</c>.</summary>
internal sealed record LogMessageParams
{
    /// <summary>How grave it is.</summary>
    public required MessageType Type { get; init; }

    /// <summary>The line for the editor's log.</summary>
    public required string Message { get; init; }
}

/// <summary>The parameters of <c>window/showMessage</c>.</summary>
internal sealed record ShowMessageParams
{
    /// <summary>How grave it is.</summary>
    public required MessageType Type { get; init; }

    /// <summary>The line for the user.</summary>
    public required string Message { get; init; }
}

/// <summary>How grave a message is.</summary>
internal enum MessageType
{
    /// <summary>Something failed.</summary>
    Error = 1,

    /// <summary>Something is not as it should be.</summary>
    Warning = 2,

    /// <summary>Something happened.</summary>
    Info = 3,

    /// <summary>A detail.</summary>
    Log = 4,

    /// <summary>A detail for developers.</summary>
    Debug = 5,
}
