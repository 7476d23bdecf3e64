using System.Text.Json;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>An <see cref="LspSession"/> whose client asks for code actions, resolves them and carries them out.</summary>
internal sealed class EditSession : IAsyncDisposable
{
    /// <summary>A client that resolves edits and knows nothing else.</summary>
    public static readonly object Plain = new
    {
        textDocument = new { codeAction = new { resolveSupport = new { properties = new[] { "edit" } } } },
    };

    /// <summary>A client that knows all of it.</summary>
    public static readonly object Able = new
    {
        workspace = new { workspaceEdit = new { documentChanges = true, changeAnnotationSupport = new { groupsOnLabel = true } } },
        textDocument = new
        {
            codeAction = new
            {
                resolveSupport = new { properties = new[] { "command", "edit" } },
                tagSupport = new { valueSet = new[] { 1 } },
            },
        },
    };

    private EditSession(LspSession session) => Lsp = session;

    public LspSession Lsp { get; }

    public static async Task<EditSession> ReadyAsync(
        IInfiller infiller, string text, object? capabilities = null, object? options = null, string languageId = "python")
    {
        LspSession session = LspSession.Start(_ => infiller);
        await session.InitializeAsync(options, capabilities ?? Plain);
        await session.OpenAsync(text, languageId: languageId);
        await session.StateAsync("ready");
        return new EditSession(session);
    }

    /// <summary>The actions for a range.</summary>
    public async Task<JsonElement[]> ActionsAsync(object range, object? diagnostics = null, string[]? only = null)
    {
        JsonElement actions = await Lsp.Client.InvokeWithParameterObjectAsync<JsonElement>(
            "textDocument/codeAction",
            new
            {
                textDocument = new { uri = LspSession.Uri },
                range,
                context = only is null
                    ? (object)new { diagnostics = diagnostics ?? Array.Empty<object>() }
                    : new { diagnostics = diagnostics ?? Array.Empty<object>(), only },
            }).Soon();
        return [.. actions.EnumerateArray()];
    }

    /// <summary>The titles of the actions for a range.</summary>
    public async Task<string?[]> TitlesAsync(object range, object? diagnostics = null, string[]? only = null) =>
        [.. (await ActionsAsync(range, diagnostics, only)).Select(action => action.GetProperty("title").GetString())];

    public Task<JsonElement> ResolveAsync(JsonElement action) => CancellableAsync(action, CancellationToken.None);

    public Task<JsonElement> CancellableAsync(JsonElement action, CancellationToken token) =>
        Lsp.Client.InvokeWithParameterObjectAsync<JsonElement>("codeAction/resolve", action, token);

    /// <summary>The new text of an action's edit; null where it has none.</summary>
    public async Task<string?> NewTextAsync(JsonElement action) => NewTextOf(await ResolveAsync(action).Soon());

    public static string? NewTextOf(JsonElement action) => action.TryGetProperty("edit", out JsonElement edit)
        ? Changes(edit)[0].GetProperty("newText").GetString()
        : null;

    /// <summary>A text after an edit in the plain form.</summary>
    public static string After(string text, JsonElement edit)
    {
        JsonElement change = Assert.Single(Changes(edit));
        JsonElement range = change.GetProperty("range");
        return text[..Offset(text, range.GetProperty("start"))] + change.GetProperty("newText").GetString()
            + text[Offset(text, range.GetProperty("end"))..];
    }

    public async ValueTask DisposeAsync()
    {
        Assert.False(Lsp.HasUnreadMessages);
        await Lsp.DisposeAsync();
    }

    private static JsonElement[] Changes(JsonElement edit) => edit.TryGetProperty("changes", out JsonElement changes)
        ? [.. changes.GetProperty(LspSession.Uri).EnumerateArray()]
        : [.. Assert.Single(edit.GetProperty("documentChanges").EnumerateArray()).GetProperty("edits").EnumerateArray()];

    private static int Offset(string text, JsonElement position)
    {
        int start = 0;
        for (int line = position.GetProperty("line").GetInt32(); line > 0; line--)
        {
            start = text.IndexOf('\n', start) + 1;
        }

        return start + position.GetProperty("character").GetInt32();
    }
}
