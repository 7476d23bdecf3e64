using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Completion.Policy;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Edits;

/// <summary>
/// What the model writes at a site, the likeliest first. All of it is made when the first is asked for and kept for those who
/// ask for the next one; in memory only and bounded, since it is source text.
/// </summary>
internal sealed class EditAlternatives
{
    /// <summary>The most sites whose texts are kept; the oldest goes first.</summary>
    public const int Capacity = 8;

    // A model's own longest middle is a few lines; this many characters are less.
    private const int ShortSpan = 96;
    private const int CharactersPerToken = 2;
    private const int MostTokens = 256;

    // The first is what the model means; the others differ from it as little as a seed can make them.
    private static readonly (double Temperature, long Seed)[] _draws = [(0, 0), .. Alternatives.Draws];

    private readonly DocumentStore _documents;
    private readonly SuggestionPolicy _policy;
    private readonly InfillQueue _queue;
    private readonly Lock _lock = new();
    private readonly List<(EditSite Site, Task<IReadOnlyList<WrittenText>?> Made)> _oldestFirst = [];

    /// <summary>Makes it in front of a queue.</summary>
    public EditAlternatives(DocumentStore documents, SuggestionPolicy policy, InfillQueue queue)
    {
        _documents = documents;
        _policy = policy;
        _queue = queue;
    }

    /// <summary>How many alternatives are offered of a kind.</summary>
    public static int CountOf(EditKind kind) => kind == EditKind.Comment ? 1 : _draws.Length;

    /// <summary>The distinct texts for a site.</summary>
    /// <returns>The texts, perhaps fewer than are offered; null where the engine gave no answer.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="token"/> was cancelled.</exception>
    public async Task<IReadOnlyList<WrittenText>?> OfAsync(EditSite site, ServerSettings settings, CancellationToken token)
    {
        while (true)
        {
            Task<IReadOnlyList<WrittenText>?> made = FindOrBegin(site, settings, token);
            try
            {
                return await made.WaitAsync(token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                // Whoever began it has cancelled it; now it is ours to make.
            }
        }
    }

    /// <summary>Forgets a document's texts.</summary>
    public void Forget(string uri) => Remove(site => site.Document.Uri == uri);

    /// <summary>Forgets everything: another model writes other texts.</summary>
    public void Clear() => Remove(_ => true);

    private Task<IReadOnlyList<WrittenText>?> FindOrBegin(EditSite site, ServerSettings settings, CancellationToken token)
    {
        lock (_lock)
        {
            int known = _oldestFirst.FindIndex(entry => entry.Site == site);
            if (known >= 0 && IsOfUse(_oldestFirst[known].Made))
            {
                return _oldestFirst[known].Made;
            }

            if (known >= 0)
            {
                _oldestFirst.RemoveAt(known);
            }

            Task<IReadOnlyList<WrittenText>?> made = MakeAsync(site, settings, token);
            _oldestFirst.Add((site, made));
            if (_oldestFirst.Count > Capacity)
            {
                _oldestFirst.RemoveAt(0);
            }

            return made;
        }
    }

    private static bool IsOfUse(Task<IReadOnlyList<WrittenText>?> made) =>
        !made.IsCompleted || (made.IsCompletedSuccessfully && made.Result is not null);

    private async Task<IReadOnlyList<WrittenText>?> MakeAsync(EditSite site, ServerSettings settings, CancellationToken token)
    {
        InfillRequest request = RequestAt(site, settings);
        List<InfillResult> results = [];
        foreach ((double temperature, long seed) in _draws.Take(CountOf(site.Kind)))
        {
            // A key of its own: neither does typing supersede an edit, nor the other way round.
            InfillRequest draw = request with
            {
                Temperature = temperature,
                Seed = seed,
                Offered = [.. results.Select(result => result.Middle)],
            };
            InfillOrder order = new($"edit {site.Document.Uri}", draw);
            InfillResult? result = await _queue.EnqueueAsync(order, token).ConfigureAwait(false);
            if (result is null || !_documents.IsCurrent(site.Document))
            {
                return null;
            }

            results.Add(result);
        }

        return [.. results
            .Where(result => result.Outcome == InfillOutcome.Filled && !string.IsNullOrWhiteSpace(result.Middle))
            .OrderByDescending(result => result.Likelihood)
            .Select(result => new WrittenText(site.NewText(result.Middle), result.Likelihood))
            .DistinctBy(written => written.Text, StringComparer.Ordinal)];
    }

    private InfillRequest RequestAt(EditSite site, ServerSettings settings)
    {
        ContextWindow window = site.Window;
        StepBudget budget = _policy.InvokedSteps(settings);
        return new InfillRequest
        {
            Prefix = window.Prefix,
            Suffix = window.Suffix,
            MaxTokens = site.Span.Length <= ShortSpan ? null : Math.Min(MostTokens, site.Span.Length / CharactersPerToken),
            MaxForwards = budget.MaxForwards,
            ContextTokens = budget.ContextTokens,
        };
    }

    private void Remove(Predicate<EditSite> isMeant)
    {
        lock (_lock)
        {
            _oldestFirst.RemoveAll(entry => isMeant(entry.Site));
        }
    }
}

/// <summary>What the model writes at a site.</summary>
/// <param name="Text">The text.</param>
/// <param name="Likelihood">How likely it is by the model's own account, 0 to 1.</param>
internal sealed record WrittenText(string Text, double Likelihood);
