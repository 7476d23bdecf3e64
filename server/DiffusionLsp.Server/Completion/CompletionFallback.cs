using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// Suggestions as an item of the completion pop-up, for editors that know no inline completion: Helix, Sublime Text,
/// Kakoune. It makes no suggestions of its own; it puts the inline ones into another form.
/// </summary>
internal sealed class CompletionFallback
{
    private readonly DocumentStore _documents;
    private readonly InlineCompletionService _completions;

    /// <summary>Makes it.</summary>
    public CompletionFallback(DocumentStore documents, InlineCompletionService completions)
    {
        _documents = documents;
        _completions = completions;
    }

    /// <summary>Completes; what happens before the first await sees the documents as the request found them.</summary>
    /// <returns>
    /// A list of one item or none. It is always incomplete: a client that took it for complete would not ask again
    /// while the user types on.
    /// </returns>
    /// <exception cref="OperationCanceledException">The client cancelled the request.</exception>
    public async Task<CompletionList> CompleteAsync(
        CompletionParams request, ServerSettings settings, CancellationToken token)
    {
        if (!settings.CompletionFallback || _documents.Find(request.TextDocument.Uri) is not { } snapshot)
        {
            return Incomplete();
        }

        // Clients say "invoked" while the user merely types, so nobody is taken to have asked for it by a command.
        InlineCompletionParams inline = new()
        {
            TextDocument = request.TextDocument,
            Position = request.Position,
            Context = new InlineCompletionContext { TriggerKind = InlineCompletionTriggerKind.Automatic },
        };
        InlineCompletionList? suggestions = await _completions.CompleteAsync(inline, settings, token).ConfigureAwait(false);
        return suggestions is { Items: [{ Range: { } range } suggestion, ..] }
            ? Incomplete(Item(snapshot, range, suggestion.InsertText))
            : Incomplete();
    }

    private static CompletionList Incomplete(params IReadOnlyList<CompletionItem> items) =>
        new() { IsIncomplete = true, Items = items };

    // Clients hold the filter text against the word at the cursor, and replace that word as other servers' items do.
    private static CompletionItem Item(TextDocument document, Range range, string suggestion)
    {
        int cursor = document.OffsetAt(range.Start);
        int start = WordStart(document.Text, cursor);
        string word = document.Text[start..cursor];
        string[] lines = suggestion.ReplaceLineEndings("\n").Split('\n');
        string shown = word.Length > 0 && lines[0].Length > 0
            ? word + lines[0].TrimEnd()
            : Array.Find(lines, line => !string.IsNullOrWhiteSpace(line))?.Trim() ?? suggestion;
        return new CompletionItem
        {
            Label = lines.Length > 1 ? $"{shown} …" : shown,
            Kind = CompletionItemKind.Snippet,
            Detail = "DiffusionLsp",
            Preselect = true,
            FilterText = shown.StartsWith(word, StringComparison.Ordinal) ? shown : word + shown,
            InsertTextFormat = InsertTextFormat.PlainText,
            InsertTextMode = InsertTextMode.AsIs,
            TextEdit = new TextEdit
            {
                Range = new Range(document.PositionAt(start), range.End),
                NewText = word + suggestion,
            },
        };
    }

    private static int WordStart(string text, int cursor)
    {
        int start = cursor;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '_'))
        {
            start--;
        }

        return start;
    }
}
