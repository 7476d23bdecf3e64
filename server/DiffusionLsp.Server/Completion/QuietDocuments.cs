using System.Collections.Immutable;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// Why nothing was shown in a document last, for the latest documents where that is so. What comes and goes with every
/// key, such as a newer request, changes nothing. Immutable.
/// </summary>
internal sealed class QuietDocuments
{
    /// <summary>The most documents kept.</summary>
    public const int Capacity = 16;

    // The documents, the one that was heard of last at the end.
    private readonly ImmutableList<string> _order;

    private QuietDocuments(ImmutableList<string> order, ImmutableSortedDictionary<string, string>? reasons)
    {
        _order = order;
        Reasons = reasons;
    }

    /// <summary>No document.</summary>
    public static QuietDocuments None { get; } = new([], null);

    /// <summary>By URI the reason; null where there is none. The same object as long as it says the same.</summary>
    public ImmutableSortedDictionary<string, string>? Reasons { get; }

    /// <summary>What is known after a request.</summary>
    public QuietDocuments After(RequestEntry request) => request.Outcome switch
    {
        RequestOutcome.Shown or RequestOutcome.Reused => Without(request.Uri),
        _ => ReasonOf(request) is { } reason ? With(request.Uri, reason) : this,
    };

    private QuietDocuments With(string uri, string reason)
    {
        var order = _order.Remove(uri).Add(uri);
        var reasons = (Reasons ?? ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)).SetItem(uri, reason);
        return order.Count > Capacity
            ? new QuietDocuments(order.RemoveAt(0), reasons.Remove(order[0]))
            : new QuietDocuments(order, reasons);
    }

    private QuietDocuments Without(string uri)
    {
        if (Reasons?.ContainsKey(uri) != true)
        {
            return this;
        }

        var reasons = Reasons.Remove(uri);
        return new QuietDocuments(_order.Remove(uri), reasons.IsEmpty ? null : reasons);
    }

    private static string? ReasonOf(RequestEntry request) => request.Outcome switch
    {
        RequestOutcome.Ignored => request.Reason,
        RequestOutcome.Off => "suggestions are off, or made only when asked for (settings enabled, trigger)",
        RequestOutcome.UnknownLanguage => "the model was not trained on this language",
        RequestOutcome.Loading => "the model is still being loaded",
        RequestOutcome.Failed => "the model could not be loaded",
        RequestOutcome.NoAnswer => "the serving engine gave no answer (setting engineUrl)",
        RequestOutcome.BelowFloor => "the model was not sure enough (setting confidenceFloor)",
        RequestOutcome.OverBudget => "the answer took too long (setting timeBudgetMs)",
        _ => null,
    };
}
