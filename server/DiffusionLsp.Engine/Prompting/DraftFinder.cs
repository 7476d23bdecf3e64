using System.Text;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>
/// Finds the drafts of a request: what follows elsewhere in the file where the text agrees with the text before the cursor
/// and with what has been committed behind it. So the drafts follow wherever the network goes. Nothing is drafted for a gap
/// inside a word, where the line is half written.
/// </summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="request">The text around the gap.</param>
/// <param name="prompt">The seams.</param>
/// <param name="believed">The belief in a draft that agrees in full, in nats.</param>
/// <param name="delete">The token that ends a span; null where the model knows none.</param>
internal sealed class DraftFinder(
    CodeTokenizer tokenizer, InfillRequest request, InfillPrompt prompt, double believed, int? delete)
{
    private const int Most = 4;

    private readonly byte[] _typed = prompt.Left?.TypedBytes ?? [];
    private readonly string _restOfLine = RestOfLine(request.Suffix);
    private IReadOnlyList<Draft>? _atGap;

    /// <summary>The drafts behind some committed tokens, best first. Those at the gap itself are looked for once.</summary>
    /// <param name="committed">The ids at the span's left end; they spell the seam's bytes first.</param>
    public IReadOnlyList<Draft> Behind(IReadOnlyList<int> committed) =>
        committed.Count == 0 ? _atGap ??= Find(committed) : Find(committed);

    private IReadOnlyList<Draft> Find(IReadOnlyList<int> committed)
    {
        byte[] written = tokenizer.DecodeBytes([.. committed]);
        if (prompt.Right is not null || (committed.Count > 0 && written.Length < _typed.Length))
        {
            return [];
        }

        string text = committed.Count == 0 ? "" : Encoding.UTF8.GetString(written.AsSpan(_typed.Length));
        string head = committed.Count == 0 ? Encoding.UTF8.GetString(_typed) : "";
        return
        [
            .. LineDraft.Find(request.Prefix + text, request.Suffix, request.Related, Most).Select(found => new Draft(
                Ids(head, text, committed, found.Text),
                believed * Math.Sqrt((double)found.Agreement / LineDraft.FullAgreement))),
        ];
    }

    /// <summary>
    /// The draft in tokens, as the tokenizer cuts it together with what stands before it where that gives the committed
    /// tokens again. It ends in a deletion, since the span ends with the copied line, and before what the line goes on with
    /// behind the gap.
    /// </summary>
    private int[] Ids(string head, string text, IReadOnlyList<int> committed, string draft)
    {
        bool meetsRest = draft.EndsWith(_restOfLine, StringComparison.Ordinal);
        string kept = meetsRest ? draft[..^_restOfLine.Length] : draft;
        var joint = tokenizer.Encode(Encoding.UTF8.GetString(_typed) + text + kept);
        IEnumerable<int> ids = committed.Count > 0 && joint.Take(committed.Count).SequenceEqual(committed)
            ? joint.Skip(committed.Count)
            : tokenizer.Encode(head + kept);
        return [.. ids, .. meetsRest && delete is { } end ? [end] : Array.Empty<int>()];
    }

    private static string RestOfLine(string suffix)
    {
        int lineEnd = suffix.AsSpan().IndexOfAny('\r', '\n');
        return (lineEnd < 0 ? suffix : suffix[..lineEnd]).TrimEnd();
    }
}
