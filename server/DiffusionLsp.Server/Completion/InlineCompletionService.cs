using DiffusionLsp.Engine;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// One inline completion from the request to the answer. "No suggestion" is null and never an error, since editors
/// show an error as a pop-up, once per keystroke.
/// </summary>
internal sealed class InlineCompletionService
{
    private readonly DocumentStore _documents;
    private readonly InfillQueue _queue;
    private readonly SuggestionCache _cache;
    private readonly LanguageGuard _languages;
    private readonly DenoisingFeed _feed;

    /// <summary>Makes the service.</summary>
    public InlineCompletionService(
        DocumentStore documents, InfillQueue queue, SuggestionCache cache, LanguageGuard languages, DenoisingFeed feed)
    {
        _documents = documents;
        _queue = queue;
        _cache = cache;
        _languages = languages;
        _feed = feed;
    }

    /// <summary>
    /// Completes. What happens before the first await sees the documents exactly as the request found them; callers
    /// rely on it.
    /// </summary>
    /// <exception cref="OperationCanceledException">The client cancelled the request.</exception>
    public Task<InlineCompletionList?> CompleteAsync(
        InlineCompletionParams request, ServerSettings settings, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        if (!settings.Enabled
            || _documents.Find(request.TextDocument.Uri) is not { } snapshot
            || CompletionSite.At(snapshot, request) is not { } site)
        {
            return Nothing();
        }

        // Somebody who asks by a command waits for the model and gets whatever it makes of the language; somebody who
        // only types is neither kept waiting nor shown what a model says of a language that it never saw.
        bool isAsked = request.Context.TriggerKind == InlineCompletionTriggerKind.Invoked;
        if (!isAsked && !IsSuggesting(snapshot.LanguageId))
        {
            return Nothing();
        }

        return _cache.Find(snapshot.Uri, site.Window) is { } known
            ? Task.FromResult<InlineCompletionList?>(site.Show(known))
            : InfillAsync(site, settings, token);
    }

    private bool IsSuggesting(string languageId) =>
        _queue.Status is { State: EngineState.Ready, Model: { } model } && _languages.Knows(model, languageId);

    private async Task<InlineCompletionList?> InfillAsync(
        CompletionSite site, ServerSettings settings, CancellationToken token)
    {
        InfillRequest request = new()
        {
            Prefix = site.Window.Prefix,
            Suffix = site.Window.Suffix,
            MaxTokens = settings.MaxTokens,
        };
        using DenoisingFeed.Watch? watch = _feed.Begin(site);
        InfillResult? result = await _queue
            .EnqueueAsync(site.Document.Uri, request, watch is null ? null : watch.Report, token).ConfigureAwait(false);
        token.ThrowIfCancellationRequested();
        if (result is not { Outcome: InfillOutcome.Filled }
            || SuggestionFilter.Apply(site.Window, result.Middle) is not { } suggestion)
        {
            return null;
        }

        // A stale suggestion is not shown, but the request that follows the edit may well continue it.
        _cache.Add(site.Document.Uri, site.Window, suggestion);
        return _documents.IsCurrent(site.Document) ? site.Show(suggestion) : null;
    }

    private static Task<InlineCompletionList?> Nothing() => Task.FromResult<InlineCompletionList?>(null);
}
