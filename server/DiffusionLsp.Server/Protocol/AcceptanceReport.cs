namespace DiffusionLsp.Server.Protocol;

/// <summary>The answer to the command <c>diffusionlsp.figures</c>.</summary>
internal sealed record AcceptanceReport
{
    /// <summary>The file that holds the figures, to be erased whenever its user likes; null: there is none.</summary>
    public string? File { get; init; }

    /// <summary>By day, by language id.</summary>
    public required IReadOnlyDictionary<string, SortedDictionary<string, AcceptanceCount>> Days { get; init; }
}

/// <summary>How many suggestions were shown and taken on a day in a language. Numbers alone, no text.</summary>
internal sealed record AcceptanceCount
{
    /// <summary>Suggestions that were shown.</summary>
    public long Shown { get; init; }

    /// <summary>Suggestions that were taken whole, at once or by typing them.</summary>
    public long Accepted { get; init; }

    /// <summary>The sum of two counts.</summary>
    public static AcceptanceCount operator +(AcceptanceCount one, AcceptanceCount other) =>
        new() { Shown = one.Shown + other.Shown, Accepted = one.Accepted + other.Accepted };
}
