using System.Collections.Concurrent;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// Says whether the model was trained on a document's language and, once for each language, why there are no
/// suggestions. It never takes another model by itself: which one runs is the user's choice.
/// </summary>
internal sealed class LanguageGuard
{
    private readonly Func<IReadOnlyList<CheckpointStatus>> _installed;
    private readonly ConcurrentDictionary<string, SourceLanguage> _refused = new(StringComparer.Ordinal);

    /// <summary>Makes the guard.</summary>
    /// <param name="installed">Looks for the models on this machine.</param>
    public LanguageGuard(Func<IReadOnlyList<CheckpointStatus>> installed) => _installed = installed;

    /// <summary>Raised once for each language id that the model does not know, with the reason, on any thread.</summary>
    public event Action<string, string>? Refused;

    /// <summary>Whether the model knows the language that a client calls so.</summary>
    public bool Knows(ModelDescription model, string languageId)
    {
        var language = SourceLanguage.OfId(languageId);
        if (language.IsAmong(model.Languages))
        {
            return true;
        }

        if (_refused.TryAdd(languageId, language))
        {
            // Looking for other models reads files, and whoever types does not wait for that.
            _ = Task.Run(() => Refused?.Invoke(languageId, ReasonFor(model, language, _installed)));
        }

        return false;
    }

    /// <summary>Why nothing good is to be expected, and which installed models would do better.</summary>
    public static string ReasonFor(
        ModelDescription model, SourceLanguage language, Func<IReadOnlyList<CheckpointStatus>> installed)
    {
        string reason = $"{model.Name} was not trained on {language.Shown}";
        string[] others = [.. Find(installed).Where(IsForIt).Select(other => other.Name)];
        return others.Length == 0
            ? reason
            : $"{reason}; installed for it: {string.Join(", ", others)} (choose with --model, in VS Code with diffusionlsp.model)";

        bool IsForIt(CheckpointStatus other) =>
            other.IsUsable && other.Name != model.Name && language.IsAmong(other.Languages);
    }

    // A folder that cannot be read costs the hint, not the reason.
    private static IReadOnlyList<CheckpointStatus> Find(Func<IReadOnlyList<CheckpointStatus>> installed)
    {
        try
        {
            return installed();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
