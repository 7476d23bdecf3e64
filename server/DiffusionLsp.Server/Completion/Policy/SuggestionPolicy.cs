using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion.Context;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Completion.Policy;

/// <summary>
/// When suggestions are made, what they may cost, and how sure the model must be. It decides by settings, by the document
/// and by what is loaded; never by the clock.
/// </summary>
internal sealed class SuggestionPolicy
{
    // The clock gives an answer this much more than the time that its steps are planned for: then it is not shown. Whoever
    // has typed on meanwhile has taken the request back, so a late suggestion disturbs nobody.
    private const double Patience = 5;

    private readonly Func<EngineStatus> _engine;
    private readonly LanguageGuard _languages;
    private readonly OpenFiles _openFiles;

    /// <summary>Makes the policy.</summary>
    /// <param name="engine">What the engine is doing.</param>
    /// <param name="languages">Knows which languages the model knows.</param>
    /// <param name="openFiles">The source of related text.</param>
    public SuggestionPolicy(Func<EngineStatus> engine, LanguageGuard languages, OpenFiles openFiles)
    {
        _openFiles = openFiles;
        _engine = engine;
        _languages = languages;
    }

    /// <summary>Why nothing is suggested in a document now; null where something is.</summary>
    /// <remarks>
    /// Somebody who asks by a command waits for the model and gets whatever it makes of the language; somebody who only
    /// types is neither kept waiting nor shown what a model says of a language that it never saw. A secret or ignored
    /// document is left alone whoever asks.
    /// </remarks>
    public RequestOutcome? Refuses(TextDocument document, bool isInvoked, ServerSettings settings)
    {
        if (!settings.Enabled)
        {
            return RequestOutcome.Off;
        }

        if (settings.Documents.WhyLeftAlone(document.Uri) is not null)
        {
            return RequestOutcome.Ignored;
        }

        if (!isInvoked && settings.Trigger == SuggestionTrigger.Manual)
        {
            return RequestOutcome.Off;
        }

        if (isInvoked)
        {
            return null;
        }

        return _engine() switch
        {
            { State: EngineState.Failed } => RequestOutcome.Failed,
            { State: EngineState.Ready, Model: { } model } =>
                _languages.Knows(model, document.LanguageId) ? null : RequestOutcome.UnknownLanguage,
            _ => RequestOutcome.Loading,
        };
    }

    /// <summary>What is asked of the engine at a site.</summary>
    public InfillRequest RequestAt(CompletionSite site, ServerSettings settings, bool isInvoked)
    {
        StepBudget budget = StepsFor(Budget(settings, isInvoked));
        return new InfillRequest
        {
            Prefix = site.Window.Prefix,
            Suffix = site.Window.Suffix,
            Related = settings.RelatedFiles ? _openFiles.RelatedTo(site.Document, site.Window, settings.Documents) : "",
            MaxTokens = settings.MaxTokens,
            SpanLength = settings.SpanLength,
            MaxForwards = budget.MaxForwards,
            ContextTokens = budget.ContextTokens,
        };
    }

    /// <summary>Whether the engine could not make the latest infill, and may make later ones.</summary>
    public bool IsEngineInTrouble => _engine().Trouble is not null;

    /// <summary>What one infill may spend that somebody asked for by a command.</summary>
    public StepBudget InvokedSteps(ServerSettings settings) => StepsFor(Budget(settings, isInvoked: true));

    /// <summary>How likely a suggestion must be to be shown to somebody who only types.</summary>
    public double Floor(ServerSettings settings) => settings.ConfidenceFloor ?? _engine().Model?.ConfidenceFloor ?? 0;

    /// <summary>After how long an answer is not shown any more.</summary>
    public static TimeSpan Deadline(ServerSettings settings, bool isInvoked) => Budget(settings, isInvoked) * Patience;

    private StepBudget StepsFor(TimeSpan time) => _engine().Model is { } model
        ? StepBudget.For(time.TotalMilliseconds, model.MillisecondsPerForward, model.ContextLength)
        : StepBudget.Unlimited;

    private static TimeSpan Budget(ServerSettings settings, bool isInvoked) =>
        TimeSpan.FromMilliseconds(isInvoked ? settings.InvokedTimeBudgetMs : settings.TimeBudgetMs);
}
