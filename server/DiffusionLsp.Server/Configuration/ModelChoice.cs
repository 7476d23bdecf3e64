using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Configuration;

/// <summary>What the user asks to be loaded.</summary>
/// <param name="Model">A model's name or folder; null takes the embedded model.</param>
/// <param name="Device">A device; null takes the best one there is.</param>
internal sealed record ModelChoice(string? Model, string? Device)
{
    /// <summary>The serving engine to ask instead; null loads a model here.</summary>
    public RemoteChoice? Engine { get; init; }

    /// <summary>Whether an engine that runs already will not do: the user asked for a restart.</summary>
    public bool IsFresh { get; init; }

    /// <summary>The type of the weights; null takes the best one that fits.</summary>
    public string? Dtype { get; init; }

    /// <summary>Whether the engine may use again what it has computed.</summary>
    public Caching Caching { get; init; } = Caching.Kept;

    /// <summary>Told while it is loaded which share of the weights is there, from 0 to 1; null tells nobody.</summary>
    public Action<double>? OnLoaded { get; init; }
}
