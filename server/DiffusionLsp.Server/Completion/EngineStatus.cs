using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Completion;

/// <summary>What the engine is doing, for status lines and for deciding whether to ask it.</summary>
internal sealed record EngineStatus
{
    /// <summary>How far the engine is.</summary>
    public required EngineState State { get; init; }

    /// <summary>What is loaded; null until then.</summary>
    public ModelDescription? Model { get; init; }

    /// <summary>While it is loaded, which share of its weights is there, from 0 to 1; null where that is not known.</summary>
    public double? Loaded { get; init; }

    /// <summary>The same in whole per cent.</summary>
    public int? LoadedPercent => Loaded is { } share ? (int)(share * 100) : null;

    /// <summary>Why it failed; null where it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>Why the latest infill could not be had, although later ones may; null where it could.</summary>
    public string? Trouble { get; init; }

    /// <summary>The latest infill; null before the first.</summary>
    public InfillResult? Latest { get; init; }
}

/// <summary>How far the engine is.</summary>
internal enum EngineState
{
    /// <summary>The model is being loaded, or is about to be.</summary>
    Loading,

    /// <summary>Infills are made.</summary>
    Ready,

    /// <summary>The model could not be loaded; there will be no infill.</summary>
    Failed,
}
