using System.Text.Json;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Completion.Policy;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Edits;

/// <summary>
/// Code actions, from the offer to the edit. An offer costs nothing; the model writes when the user has chosen one. Where
/// nothing comes of that, the user is told why by a line, since they asked.
/// </summary>
internal sealed class EditService
{
    // As many as there are alternatives.
    private static readonly string[] _titleEnds = ["", " (another)", " (a third)"];

    private readonly DocumentStore _documents;
    private readonly SuggestionPolicy _policy;
    private readonly InfillQueue _queue;
    private readonly EditAlternatives _alternatives;
    private readonly LspConnection _connection;

    /// <summary>Makes the service.</summary>
    public EditService(DocumentStore documents, SuggestionPolicy policy, InfillQueue queue, LspConnection connection)
    {
        _documents = documents;
        _policy = policy;
        _queue = queue;
        _alternatives = new EditAlternatives(documents, policy, queue);
        _connection = connection;
    }

    /// <summary>What the client can do; set when it has come.</summary>
    public EditClient Client { get; set; } = new();

    /// <summary>The actions for a range, without their edits.</summary>
    public IReadOnlyList<CodeAction> Offer(CodeActionParams asked, ServerSettings settings)
    {
        EngineStatus engine = _queue.Status;
        if (_documents.Find(asked.TextDocument.Uri) is not { } document
            || _policy.Refuses(document, isInvoked: true, settings) is not null
            || engine.State == EngineState.Failed)
        {
            return [];
        }

        EditOfferOptions options = new()
        {
            FillMarkers = settings.FillMarkers,
            FollowsInstructions = engine.Model?.FollowsInstructions ?? false,
        };
        return [.. EditOffers.For(document, asked, options).SelectMany(Actions)];
    }

    /// <summary>The action with its edit, or without one where nothing comes of it.</summary>
    /// <exception cref="OperationCanceledException">The client cancelled the request.</exception>
    public async Task<CodeAction> ResolveAsync(CodeAction action, ServerSettings settings, CancellationToken token)
    {
        if (action.Data is not { } given)
        {
            return action;
        }

        EditData data = EditData.Read(given);
        return await EditAsync(data, settings, token).ConfigureAwait(false) is var (edit, likelihood)
            ? action with { Edit = edit, Data = (data with { Likelihood = likelihood }).ToJson() }
            : action with { Edit = null };
    }

    /// <summary>Makes the edit that a command names, and has the client apply it.</summary>
    /// <exception cref="OperationCanceledException">The client cancelled the request.</exception>
    public async Task ApplyAsync(ExecuteCommandParams command, ServerSettings settings, CancellationToken token)
    {
        EditData data = command.Arguments is [var argument, ..]
            ? EditData.Read(argument)
            : throw new JsonException($"{command.Command} takes the data of an action.");
        if (await EditAsync(data, settings, token).ConfigureAwait(false) is var (edit, _))
        {
            // Not awaited: some clients read nothing from the server before their command is answered.
            _ = SendAsync(edit);
        }
    }

    /// <summary>Forgets what was written for a document.</summary>
    public void Forget(string uri) => _alternatives.Forget(uri);

    /// <summary>Forgets all that was written.</summary>
    public void Clear() => _alternatives.Clear();

    private IEnumerable<CodeAction> Actions(EditOffer offer) =>
        from alternative in Enumerable.Range(0, EditAlternatives.CountOf(offer.Site.Kind))
        let title = offer.Title + _titleEnds[alternative]
        let data = new EditData
        {
            Uri = offer.Site.Document.Uri,
            Version = offer.Site.Document.Version,
            Range = offer.Site.Range,
            Kind = offer.Site.Kind.Name(),
            Alternative = alternative,
            Lead = offer.Site.Lead.Length == 0 ? null : offer.Site.Lead,
        }.ToJson()
        select new CodeAction
        {
            Title = title,
            Kind = offer.Site.Kind.Name(),
            Diagnostics = offer.Diagnostic is { } diagnostic ? [diagnostic] : null,
            Data = Client.ResolvesEdits ? data : null,
            Command = Client.ResolvesEdits ? null : new Command { Title = title, Name = ServerCommands.Edit, Arguments = [data] },
            Tags = Client.KnowsTags ? [CodeActionTag.LLMGenerated] : null,
        };

    private async Task<MadeEdit?> EditAsync(EditData data, ServerSettings settings, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        if (_documents.Find(data.Uri) is not { } document || document.Version != data.Version)
        {
            return Nothing("the document has changed since this was offered.");
        }

        if (_policy.Refuses(document, isInvoked: true, settings) is not null || _queue.Status.State == EngineState.Failed)
        {
            return Nothing("the model is switched off, or could not be loaded.");
        }

        EditSite site = data.In(document);
        if (site.Instruction is not null && _queue.Status.Model is { FollowsInstructions: false } model)
        {
            return Nothing($"the model {model.Name} does not follow instructions.");
        }

        IReadOnlyList<WrittenText>? texts = await _alternatives.OfAsync(site, settings, token).ConfigureAwait(false);
        if (!_documents.IsCurrent(document))
        {
            return Nothing("the document has changed while it was made.");
        }

        if (texts is null)
        {
            return Nothing("the model gave no answer, or another edit of this document was asked for.");
        }

        return texts.ElementAtOrDefault(data.Alternative) switch
        {
            null when texts.Count == 0 => Nothing("the model has nothing to put here."),
            null => Nothing("the model has no further alternative here."),
            var same when same.Text == site.OldText => Nothing("the model writes the same again."),
            var written => new MadeEdit(Client.Edit(site, written.Text), written.Likelihood),
        };
    }

    private MadeEdit? Nothing(string reason)
    {
        Tell($"No edit: {reason}");
        return null;
    }

    private async Task SendAsync(WorkspaceEdit edit)
    {
        try
        {
            ApplyWorkspaceEditResult? result = await _connection
                .InvokeWithParameterObjectAsync<ApplyWorkspaceEditResult?>(
                    OutgoingMessages.ApplyEdit.Method, new ApplyWorkspaceEditParams { Label = EditClient.Label, Edit = edit })
                .ConfigureAwait(false);
            if (result is { Applied: false })
            {
                Tell($"No edit: {result.FailureReason ?? "the editor did not apply it."}");
            }
        }
        catch (Exception failure) when (failure is RemoteRpcException or ConnectionLostException or ObjectDisposedException)
        {
            // Whoever awaits the connection's end learns of that one; a client that knows no such request is told what it lacks.
            Tell($"No edit: the editor cannot apply it: {failure.Message.ReplaceLineEndings(" ")}");
        }
    }

    private void Tell(string line) =>
        _ = _connection.SendAsync(
            OutgoingMessages.ShowMessage, new ShowMessageParams { Type = MessageType.Info, Message = line });

    private sealed record MadeEdit(WorkspaceEdit Edit, double Likelihood);
}
