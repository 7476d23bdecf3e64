using DiffusionLsp.Engine;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// Infills by request, and one ahead of it: who has just taken a suggestion will want the next one, at a place that is
/// known. A request for the gap whose infill is being made, ahead or for a request that gave up on it, waits for that one;
/// any other request supersedes it.
/// </summary>
internal sealed class InfillsAhead
{
    private readonly InfillQueue _queue;
    private readonly Lock _lock = new();
    private IReadOnlyList<ShownSuggestion> _shown = [];
    private (string Uri, InfillRequest Request, Task<InfillResult?> Made)? _begun;

    /// <summary>Makes it in front of a queue.</summary>
    public InfillsAhead(InfillQueue queue) => _queue = queue;

    /// <summary>The infill for a request: the one that is being made for this gap, or a new one.</summary>
    /// <param name="uri">The document.</param>
    /// <param name="request">What to infill.</param>
    /// <param name="onStep">Called after every step of a new one; null where nobody watches.</param>
    /// <param name="token">Cancels a new one.</param>
    public Task<InfillResult?> GetAsync(
        string uri, InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        lock (_lock)
        {
            if (_begun is { } begun && begun.Uri == uri && begun.Request == request && IsOfUse(begun.Made))
            {
                return begun.Made;
            }

            var made = _queue.EnqueueAsync(new InfillOrder(uri, request) { OnStep = onStep }, token);
            _begun = (uri, request, made);
            return made;
        }
    }

    /// <summary>Begins an infill before it is asked for.</summary>
    public void Begin(string uri, InfillRequest request) => GetAsync(uri, request, onStep: null, CancellationToken.None);

    private static bool IsOfUse(Task<InfillResult?> made) =>
        !made.IsCompleted || (made.IsCompletedSuccessfully && made.Result is not null);

    /// <summary>A suggestion is shown, or several of which the user sees the first and may go on to the others.</summary>
    /// <returns>Whether the first is another one than was shown last, and not the rest of that.</returns>
    public bool Shown(CompletionSite site, IReadOnlyList<string> texts)
    {
        lock (_lock)
        {
            ShownSuggestion[] shown = [.. texts.Select(text => new ShownSuggestion(site, text))];
            bool isNew = !_shown.Any(earlier => earlier.GoesOnAs(shown[0]));
            _shown = shown;
            return isNew;
        }
    }

    /// <summary>
    /// The cursor behind a suggestion shown last, where this version of its document is the one in which the user took
    /// it; else null. Asked once, a suggestion is no longer the one shown.
    /// </summary>
    public Position? AcceptedAt(TextDocument document)
    {
        lock (_lock)
        {
            if (_shown is not [var first, ..]
                || first.Site.Document.Uri != document.Uri || ReferenceEquals(first.Site.Document, document))
            {
                return null;
            }

            int? end = _shown.Select(shown => shown.EndIn(document)).FirstOrDefault(end => end is not null);
            _shown = end is null ? [.. _shown.Where(shown => shown.MayStillBeTaken(document))] : [];
            return end is { } offset ? document.PositionAt(offset) : null;
        }
    }

    private sealed record ShownSuggestion(CompletionSite Site, string Text)
    {
        private readonly int _start = Site.Document.OffsetAt(Site.Range.Start);
        private readonly int _end = Site.Document.OffsetAt(Site.Range.End);

        /// <summary>Whether a later suggestion is this one, after some of it was typed, or deleted again.</summary>
        public bool GoesOnAs(ShownSuggestion later) =>
            Site.Document.Uri == later.Site.Document.Uri
            && _start + Text.Length == later._start + later.Text.Length
            && (Text.EndsWith(later.Text, StringComparison.Ordinal) || later.Text.EndsWith(Text, StringComparison.Ordinal));

        /// <summary>Where the suggestion ends in a version that holds all of it; else null.</summary>
        public int? EndIn(TextDocument document)
        {
            ReadOnlySpan<char> old = Site.Document.Text;
            ReadOnlySpan<char> now = document.Text;
            int end = _start + Text.Length;
            return now.Length == old.Length - (_end - _start) + Text.Length
                && now[..end].EndsWith(Text, StringComparison.Ordinal)
                && now[..(_start)].SequenceEqual(old[..(_start)])
                && now[end..].SequenceEqual(old[_end..])
                ? end
                : null;
        }

        /// <summary>Whether the user is typing it and may still come to its end.</summary>
        public bool MayStillBeTaken(TextDocument document) =>
            document.Text.Length < Site.Document.Text.Length + Text.Length
            && document.Text.AsSpan(0, Math.Min(_start, document.Text.Length)).SequenceEqual(Site.Document.Text.AsSpan(0, _start));
    }
}
