using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.EditorState;
using DiffusionLsp.Server.Edits;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server;

/// <summary>What a <see cref="LanguageServer"/> hands its calls on to.</summary>
internal sealed record ServerParts
{
    /// <summary>The open documents.</summary>
    public required DocumentStore Documents { get; init; }

    /// <summary>The open notebooks, over the same documents.</summary>
    public required NotebookStore Notebooks { get; init; }

    /// <summary>Makes suggestions.</summary>
    public required InlineCompletionService Completions { get; init; }

    /// <summary>Suggestions for editors without inline completion.</summary>
    public required CompletionFallback Fallback { get; init; }

    /// <summary>Code actions.</summary>
    public required EditService Edits { get; init; }

    /// <summary>Shows how a gap is denoised.</summary>
    public required DenoisingFeed Feed { get; init; }

    /// <summary>Suggestions that were made.</summary>
    public required SuggestionCache Cache { get; init; }

    /// <summary>The way to the engine.</summary>
    public required InfillQueue Queue { get; init; }

    /// <summary>The latest requests and how they ended.</summary>
    public required RequestLog Log { get; init; }

    /// <summary>What was shown and taken.</summary>
    public required AcceptanceFigures Figures { get; init; }

    /// <summary>Tells the client how the engine is.</summary>
    public required StatusReporter Status { get; init; }

    /// <summary>Tells the user what is wrong with their settings.</summary>
    public required SettingFaults SettingFaults { get; init; }

    /// <summary>Shows the client that the model is being loaded.</summary>
    public required LoadingProgress Progress { get; init; }

    /// <summary>Announces inline completion to clients that can be told late.</summary>
    public required InlineCompletionRegistration Registration { get; init; }

    /// <summary>What the editor tells of itself.</summary>
    public required Editor Editor { get; init; }

    /// <summary>Pulls, checks and removes models.</summary>
    public required ModelTasks Models { get; init; }

    /// <summary>Lists the models that are here and those that are known.</summary>
    public required Func<ModelReport> ListModels { get; init; }

    /// <summary>Loads the model; runs on the engine's thread once a client has come.</summary>
    public required Func<ModelChoice, IInfiller> Load { get; init; }

    /// <summary>What the command line asks for.</summary>
    public required ModelChoice CommandLine { get; init; }
}
