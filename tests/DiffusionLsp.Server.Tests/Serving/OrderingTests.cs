using System.Text.Json;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>
/// The order of messages is their versioning: a request sees every edit before it and none after it, and an edit that
/// cannot be applied ends the connection.
/// </summary>
public sealed class OrderingTests
{
    private const int Pairs = 2_000;

    [Fact]
    public async Task Requests_sent_in_one_go_with_edits_see_the_edits_before_them_and_none_after()
    {
        FakeInfiller infiller = new("unused");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        List<Task> sent = [];
        List<Task<JsonElement?>> asked = [];
        for (int pair = 0; pair < Pairs; pair++)
        {
            string uri = $"file:///w/{pair}.py";
            sent.Add(session.OpenAsync("", uri));
            sent.Add(session.ChangeAsync(2, 0, 0, $"before {pair}", uri));
            asked.Add(session.CompleteAsync(0, 99, uri));
            sent.Add(session.ChangeAsync(3, 0, 99, " after", uri));
        }

        await Task.WhenAll(sent).Soon();
        await Task.WhenAll(asked).Soon();

        Assert.Equal(
            Enumerable.Range(0, Pairs).Select(pair => $"before {pair}").Order(),
            infiller.Requests.Select(request => request.Prefix).Order());
    }

    [Fact]
    public async Task Two_thousand_edits_and_requests_on_one_document_never_answer_for_another_version()
    {
        FakeInfiller infiller = new(request => $"<{request.Prefix}>");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "0");
        List<Task<JsonElement?>> asked = [];
        Task edit = Task.CompletedTask;
        for (int pair = 1; pair <= Pairs; pair++)
        {
            edit = session.ChangeAsync(1 + pair, 0, 0, 0, 99, $"{pair}");
            asked.Add(session.CompleteAsync(0, 99));
        }

        await edit.Soon();
        JsonElement?[] answers = await Task.WhenAll(asked).Soon();

        Assert.All(answers.Index(), answer =>
            Assert.True(LspSession.TextOf(answer.Item) is not { } text || text == $"<{answer.Index + 1}>"));
        Assert.Equal($"<{Pairs}>", LspSession.TextOf(answers[^1]));
    }

    [Fact]
    public async Task One_after_the_other_every_request_is_answered_for_its_own_version()
    {
        FakeInfiller infiller = new(request => $"<{request.Prefix}>");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "0");
        for (int pair = 1; pair <= Pairs; pair++)
        {
            await session.ChangeAsync(1 + pair, 0, 0, 0, 99, $"{pair}");
            Assert.Equal($"<{pair}>", await session.TextAsync(0, 99));
        }
    }

    [Fact]
    public async Task An_edit_within_a_surrogate_pair_is_followed()
    {
        FakeInfiller infiller = new("x");
        (Stream client, Stream server) = Nerdbank.Streams.FullDuplexStream.CreatePair();
        LanguageServerHost host = new(
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
            _ => infiller,
            new Configuration.ModelChoice(null, null));
        Task<int> exitCode = host.RunAsync(server, server, CancellationToken.None);
        RawClient raw = new(client, client);
        await raw.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}""");
        await raw.SendAsync("""
            {"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///w/a.py",
            "languageId":"python","version":1,"text":"\ud83d\ude00\n\ud83d"}}}
            """);
        await raw.SendAsync("""
            {"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///w/a.py","version":2},
            "contentChanges":[{"text":"\ude01","range":{"start":{"line":0,"character":1},"end":{"line":0,"character":2}}}]}}
            """);
        await raw.SendAsync("""
            {"jsonrpc":"2.0","id":2,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///w/a.py"},
            "position":{"line":1,"character":1},"context":{"triggerKind":1}}}
            """);
        await raw.AnswerAsync(2);
        Assert.Equal("\ud83d\ude01\n\ud83d", Assert.Single(infiller.Requests).Prefix);
        await client.DisposeAsync();
        Assert.Equal(1, await exitCode.Soon());
    }

    [Theory]
    [InlineData("""{"textDocument":{"uri":"file:///not/open","version":2},"contentChanges":[{"text":"x"}]}""")]
    [InlineData("""{"textDocument":{"uri":"file:///w/a.py","version":0},"contentChanges":[{"text":"x"}]}""")]
    [InlineData("""
        {"textDocument":{"uri":"file:///w/a.py","version":2},"contentChanges":[{"text":"x",
        "range":{"start":{"line":0,"character":2},"end":{"line":0,"character":1}}}]}
        """)]
    [InlineData("""
        {"textDocument":{"uri":"file:///w/a.py","version":2},"contentChanges":[{"text":"x",
        "range":{"start":{"line":0,"character":-1},"end":{"line":0,"character":1}}}]}
        """)]
    [InlineData("""
        {"textDocument":{"uri":"file:///w/a.py","version":2},"contentChanges":[{"text":"x",
        "range":{"start":{"line":0},"end":{"line":0,"character":1}}}]}
        """)]
    [InlineData("""{"textDocument":{"uri":"file:///w/a.py","version":2},"contentChanges":[{}]}""")]
    [InlineData("""{"textDocument":{"uri":"file:///w/a.py","version":2}}""")]
    [InlineData("""{"textDocument":{"uri":"file:///w/a.py","version":null},"contentChanges":[]}""")]
    public async Task An_edit_that_fails_ends_the_connection(string edit)
    {
        (Stream client, Stream server) = Nerdbank.Streams.FullDuplexStream.CreatePair();
        LanguageServerHost host = new(
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
            _ => new FakeInfiller(""),
            new Configuration.ModelChoice(null, null));
        Task<int> exitCode = host.RunAsync(server, server, CancellationToken.None);
        RawClient raw = new(client, client);
        await raw.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}""");
        await raw.AnswerAsync(1);
        await raw.SendAsync("""
            {"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///w/a.py",
            "languageId":"python","version":1,"text":"abc"}}}
            """);

        await raw.SendAsync($$"""{"jsonrpc":"2.0","method":"textDocument/didChange","params":{{edit}}}""");

        Assert.Equal(1, await exitCode.Soon());
        await raw.ReadToEndAsync();
    }
}
