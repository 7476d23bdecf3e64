namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>Whether a model's folder can be used, found out without loading its weights.</summary>
/// <param name="Name">The model's short name: its folder's.</param>
/// <param name="Folder">The folder.</param>
/// <param name="IsUsable">Whether it can be loaded.</param>
/// <param name="Detail">Its kind and size where it is usable; else what is wrong and what to do.</param>
/// <param name="ParameterCount">The number of weights; 0 where that cannot be told.</param>
/// <param name="Bytes">The bytes of its weight files; 0 where that cannot be told.</param>
public sealed record CheckpointStatus(
    string Name, string Folder, bool IsUsable, string Detail, long ParameterCount, long Bytes)
{
    /// <summary>What it takes of memory is counted from this; null where that cannot be told.</summary>
    public ModelShape? Shape { get; init; }

    /// <summary>The config's <c>model_type</c>; null where that cannot be told.</summary>
    public string? ModelType { get; init; }

    /// <inheritdoc cref="ModelDescription.Languages"/>
    public IReadOnlyList<string> Languages { get; init; } = [];
}
