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
    private const int MostLines = 5;
    private const int MostTokens = 64;

    private readonly byte[] _typed = prompt.Left?.TypedBytes ?? [];
    private readonly string _restOfLine = RestOfLine(request.Suffix);
    private readonly bool _isBlankLine = request.Prefix.AsSpan(request.Prefix.LastIndexOf('\n') + 1).IsWhiteSpace();
    private readonly string _lineBehind = LineBehind(request.Suffix);
    private readonly HashSet<string> _offered = request.Offered.Select(middle => middle.Trim()).ToHashSet(StringComparer.Ordinal);
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

        // Behind half a line one that is whole is wanted; elsewhere, as many as there are.
        bool takesLines = _restOfLine.Length == 0
            && (_isBlankLine || delete is null || text.Contains('\n', StringComparison.Ordinal));

        // Who opens a line wants one, also where the other place has none.
        bool wantsLine = _isBlankLine && _restOfLine.Length == 0 && string.IsNullOrWhiteSpace(text);
        return
        [
            .. LineDraft.Find(request.Prefix + text, request.Suffix, request.Related, Most).SelectMany((found, place) =>
                (takesLines && place == 0 ? Lines(found) : [(found.Text, true)])
                    .Where(draft => !(wantsLine && string.IsNullOrWhiteSpace(draft.Text)) && !_offered.Contains((text + Kept(draft.Text)).Trim()))
                    .Select(draft => new Draft(
                        Ids(head, text, committed, draft.Text, draft.Ends),
                        believed * Math.Sqrt((double)found.Agreement / LineDraft.FullAgreement)))),
        ];
    }

    /// <summary>
    /// The line with those that follow it, to where the other place comes to what stands behind the gap; where it does not
    /// come there, some lines, each of which may be the last.
    /// </summary>
    private IEnumerable<(string Text, bool Ends)> Lines(LineDraft found)
    {
        var texts = new List<string> { found.Text };
        int taken = 0;
        while (texts.Count < MostLines && taken < found.After.Length)
        {
            int start = found.After.IndexOf('\n', taken) + 1;
            int end = start == 0 ? -1 : found.After.IndexOf('\n', start);
            if (end < 0)
            {
                break;
            }

            string line = found.After[start..end].TrimEnd();
            if (line.Length > 0 && line == _lineBehind)
            {
                return [((found.Text + found.After[..(start - 1)]).TrimEnd('\r'), true)];
            }

            taken = end;
            if (line.Length > 0)
            {
                texts.Add(found.Text + found.After[..end].TrimEnd());
            }
        }

        return [(texts[^1], false), .. texts.Select(text => (text, true))];
    }

    /// <summary>
    /// The draft in tokens, as the tokenizer cuts it together with what stands before it where that gives the committed
    /// tokens again. It ends in a deletion, since the span ends with the copied line, and before what the line goes on with
    /// behind the gap.
    /// </summary>
    private int[] Ids(string head, string text, IReadOnlyList<int> committed, string draft, bool ends)
    {
        string kept = Kept(draft);
        var joint = tokenizer.Encode(Encoding.UTF8.GetString(_typed) + text + kept);
        int[] ids = committed.Count > 0 && joint.Take(committed.Count).SequenceEqual(committed)
            ? [.. joint.Skip(committed.Count)]
            : [.. tokenizer.Encode(head + kept)];
        return ids.Length > MostTokens ? ids[..MostTokens] : MeetsRest(draft) && ends && delete is { } end ? [.. ids, end] : ids;
    }

    /// <summary>The draft without what its line goes on with behind the gap as well.</summary>
    private string Kept(string draft) => MeetsRest(draft) ? draft[..^_restOfLine.Length] : draft;

    private bool MeetsRest(string draft) => draft.EndsWith(_restOfLine, StringComparison.Ordinal);

    /// <summary>The first line of the suffix that is not blank, behind the gap's own.</summary>
    private static string LineBehind(string suffix) =>
        suffix.Split('\n').Skip(1).Select(line => line.TrimEnd()).FirstOrDefault(line => line.Length > 0) ?? "";

    private static string RestOfLine(string suffix)
    {
        int lineEnd = suffix.AsSpan().IndexOfAny('\r', '\n');
        return (lineEnd < 0 ? suffix : suffix[..lineEnd]).TrimEnd();
    }
}
