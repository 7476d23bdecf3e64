namespace DiffusionLsp.Server.Edits;

/// <summary>The edits that are offered.</summary>
internal enum EditKind
{
    /// <summary>Write the selection again.</summary>
    Regenerate,

    /// <summary>Write what a placeholder stands for.</summary>
    Fill,

    /// <summary>Write again what a diagnostic marks.</summary>
    Fix,

    /// <summary>Write again what a comment says something about, as it says.</summary>
    Comment,
}

/// <summary>What the protocol calls the kinds of edits.</summary>
internal static class EditKinds
{
    private static readonly Dictionary<EditKind, string> _names = new()
    {
        [EditKind.Fix] = "quickfix.diffusionlsp",
        [EditKind.Fill] = "refactor.rewrite.diffusionlsp.fill",
        [EditKind.Regenerate] = "refactor.rewrite.diffusionlsp.regenerate",
        [EditKind.Comment] = "refactor.rewrite.diffusionlsp.comment",
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. _names.Values];

    /// <summary>The protocol's name of a kind.</summary>
    public static string Name(this EditKind kind) => _names[kind];

    /// <summary>The kind of a name; null where it is none of ours.</summary>
    public static EditKind? Of(string name) =>
        _names.FirstOrDefault(pair => pair.Value == name) is { Value: not null } pair ? pair.Key : null;

    /// <summary>Whether a kind is among the wanted ones. A kind holds those whose names go on from it behind a dot.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="only">What is wanted; null: all.</param>
    public static bool IsAmong(this EditKind kind, IReadOnlyList<string>? only) => only is null || only.Any(wanted =>
        wanted.Length == 0 || kind.Name() == wanted || kind.Name().StartsWith(wanted + ".", StringComparison.Ordinal));
}
