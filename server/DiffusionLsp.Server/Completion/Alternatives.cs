using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// What else the model may write in a gap, for who asks again where a suggestion stands already. The draws are fixed, so
/// the same gap has the same alternatives each time. Nothing is kept: an editor asks once and goes round among them itself.
/// </summary>
internal sealed class Alternatives
{
    private readonly InfillQueue _queue;

    /// <summary>Makes it in front of a queue.</summary>
    public Alternatives(InfillQueue queue) => _queue = queue;

    /// <summary>How the alternatives to the model's first choice are drawn, one after the other.</summary>
    public static IReadOnlyList<(double Temperature, long Seed)> Draws { get; } = [(0.7, 1), (0.7, 2)];

    /// <summary>The other infills for a request that has one, the likeliest first; those that were not made are left out.</summary>
    /// <param name="uri">The document.</param>
    /// <param name="request">The request, as the first infill was made for it.</param>
    /// <param name="known">The first infill.</param>
    /// <param name="token">Cancels what is left to do.</param>
    /// <exception cref="OperationCanceledException"><paramref name="token"/> was cancelled.</exception>
    public async Task<IReadOnlyList<InfillResult>> OfAsync(string uri, InfillRequest request, string known, CancellationToken token)
    {
        List<InfillResult> made = [];
        foreach ((double temperature, long seed) in Draws)
        {
            // A key of its own: what is asked at the next keystroke goes first and does not wait for these.
            string[] offered = [known, .. made.Select(result => result.Middle)];
            InfillRequest another = request with { Temperature = temperature, Seed = seed, Offered = offered };
            InfillOrder order = new($"alternatives {uri}", another);
            if (await _queue.EnqueueAsync(order, token).ConfigureAwait(false) is { } result)
            {
                made.Add(result);
            }
        }

        return [.. made.OrderByDescending(result => result.Likelihood)];
    }
}
