using System.Diagnostics;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion.Policy;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// One inline completion from the request to the answer. "No suggestion" is null and never an error, since editors
/// show an error as a pop-up, once per keystroke; why there is none stands in the request log.
/// </summary>
internal sealed class InlineCompletionService
{
    private readonly DocumentStore _documents;
    private readonly SuggestionCache _cache;
    private readonly SuggestionPolicy _policy;
    private readonly InfillsAhead _infills;
    private readonly Alternatives _alternatives;
    private readonly DenoisingFeed _feed;
    private readonly RequestLog _log;
    private readonly AcceptanceFigures _figures;

    /// <summary>Makes the service.</summary>
    public InlineCompletionService(
        DocumentStore documents,
        SuggestionCache cache,
        SuggestionPolicy policy,
        InfillsAhead infills,
        Alternatives alternatives,
        DenoisingFeed feed,
        RequestLog log,
        AcceptanceFigures figures)
    {
        _documents = documents;
        _cache = cache;
        _policy = policy;
        _infills = infills;
        _alternatives = alternatives;
        _feed = feed;
        _log = log;
        _figures = figures;
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
        Asked asked = new(request, settings);
        if (_documents.Find(asked.Uri) is not { } snapshot || CompletionSite.At(snapshot, request) is not { } site)
        {
            return Nothing(asked, RequestOutcome.NoPlace);
        }

        if (_policy.Refuses(snapshot, asked.IsInvoked, settings) is { } reason)
        {
            return Nothing(asked, reason);
        }

        if (_cache.Find(snapshot.Uri, site.Window) is { } known)
        {
            Note(asked, RequestOutcome.Reused);
            return asked.IsInvoked
                ? AlternativesAsync(asked, site, known, token)
                : Task.FromResult<InlineCompletionList?>(Show(site, [known]));
        }

        return InfillAsync(asked, site, token);
    }

    /// <summary>
    /// A document has changed. Where the change is that the user took the suggestion shown last, the infill at the new
    /// cursor is begun before it is asked for.
    /// </summary>
    public void Changed(string uri, ServerSettings settings)
    {
        if (_documents.Find(uri) is not { } document || _infills.AcceptedAt(document) is not { } cursor)
        {
            return;
        }

        _figures.Accepted(document.LanguageId);
        if (CompletionSite.At(document, cursor) is { } site
            && _policy.Refuses(document, isInvoked: false, settings) is null)
        {
            _infills.Begin(uri, _policy.RequestAt(site, settings, isInvoked: false));
        }
    }

    private async Task<InlineCompletionList?> InfillAsync(Asked asked, CompletionSite site, CancellationToken token)
    {
        InfillRequest request = _policy.RequestAt(site, asked.Settings, asked.IsInvoked);
        using DenoisingFeed.Watch? watch = _feed.Begin(site);
        Task<InfillResult?> made = _infills.GetAsync(asked.Uri, request, watch is null ? null : watch.Report, token);
        InfillResult? result;
        try
        {
            result = await made.WaitAsync(SuggestionPolicy.Deadline(asked.Settings, asked.IsInvoked), token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Note(asked, RequestOutcome.OverBudget);
            _ = KeepAsync(made, asked, site);
            return null;
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            Note(asked, RequestOutcome.Cancelled);
            throw;
        }
        catch (OperationCanceledException)
        {
            // It was an earlier request's for the same gap, which was cancelled.
            Note(asked, RequestOutcome.Superseded);
            return null;
        }

        string? suggestion = Judge(asked, site, result, out RequestOutcome outcome);
        if (suggestion is not null)
        {
            // A stale suggestion is not shown, but the request that follows the edit may well continue it.
            _cache.Add(asked.Uri, site.Window, suggestion);
            outcome = _documents.IsCurrent(site.Document) ? RequestOutcome.Shown : RequestOutcome.Stale;
        }

        Note(asked, outcome, result);
        return outcome == RequestOutcome.Shown ? Show(site, [suggestion!]) : null;
    }

    /// <summary>Who asks by a command where a suggestion is known already wants to see what else there may be.</summary>
    private async Task<InlineCompletionList?> AlternativesAsync(
        Asked asked, CompletionSite site, string known, CancellationToken token)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(token);
        late.CancelAfter(SuggestionPolicy.Deadline(asked.Settings, asked.IsInvoked));
        IReadOnlyList<InfillResult> others = [];
        try
        {
            InfillRequest request = _policy.RequestAt(site, asked.Settings, asked.IsInvoked);
            others = await _alternatives.OfAsync(asked.Uri, request, known, late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            // Then there is only the one that is known.
        }

        string[] texts =
        [
            .. others
                .Where(other => other.Outcome == InfillOutcome.Filled)
                .Select(other => SuggestionFilter.Apply(site.Window, other.Middle, asked.Settings.MaxLines))
                .OfType<string>()
                .Prepend(known)
                .Distinct(StringComparer.Ordinal),
        ];
        return _documents.IsCurrent(site.Document) ? Show(site, texts) : null;
    }

    /// <summary>What to show of an infill; null for nothing, with the reason.</summary>
    private string? Judge(Asked asked, CompletionSite site, InfillResult? result, out RequestOutcome outcome)
    {
        outcome = result switch
        {
            null when _policy.IsEngineInTrouble => RequestOutcome.NoAnswer,
            null => RequestOutcome.Superseded,
            { Outcome: InfillOutcome.Empty } => RequestOutcome.Empty,
            _ when !asked.IsInvoked && result.Likelihood < _policy.Floor(asked.Settings) => RequestOutcome.BelowFloor,
            _ => RequestOutcome.Filtered,
        };
        return outcome == RequestOutcome.Filtered ? SuggestionFilter.Apply(site.Window, result!.Middle, asked.Settings.MaxLines) : null;
    }

    /// <summary>Keeps an infill that came too late for its request.</summary>
    private async Task KeepAsync(Task<InfillResult?> made, Asked asked, CompletionSite site)
    {
        await ((Task)made).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (made.IsCompletedSuccessfully
            && Judge(asked, site, await made.ConfigureAwait(false), out _) is { } suggestion)
        {
            _cache.Add(asked.Uri, site.Window, suggestion);
        }
    }

    private InlineCompletionList Show(CompletionSite site, string[] suggestions)
    {
        InlineCompletionList shown = site.Show(suggestions);
        if (_infills.Shown(site, [.. shown.Items.Select(item => item.InsertText)]))
        {
            _figures.Shown(site.Document.LanguageId);
        }

        return shown;
    }

    private Task<InlineCompletionList?> Nothing(Asked asked, RequestOutcome outcome)
    {
        Note(asked, outcome);
        return Task.FromResult<InlineCompletionList?>(null);
    }

    private void Note(Asked asked, RequestOutcome outcome, InfillResult? infill = null) => _log.Add(new RequestEntry
    {
        At = asked.At,
        Uri = asked.Uri,
        Invoked = asked.IsInvoked,
        Outcome = outcome,
        Reason = outcome == RequestOutcome.Ignored ? asked.Settings.Documents.WhyLeftAlone(asked.Uri) : null,
        Ms = Stopwatch.GetElapsedTime(asked.Started).TotalMilliseconds,
        EngineMs = infill?.Milliseconds,
        Forwards = infill?.Forwards,
        TokensPerForward = infill?.TokensPerForward,
        Likelihood = infill?.Likelihood,
    });

    /// <summary>One request, with the settings it came under.</summary>
    private sealed record Asked(InlineCompletionParams Request, ServerSettings Settings)
    {
        public string Uri => Request.TextDocument.Uri;

        public bool IsInvoked => Request.Context.TriggerKind == InlineCompletionTriggerKind.Invoked;

        public DateTimeOffset At { get; } = DateTimeOffset.Now;

        public long Started { get; } = Stopwatch.GetTimestamp();
    }
}
