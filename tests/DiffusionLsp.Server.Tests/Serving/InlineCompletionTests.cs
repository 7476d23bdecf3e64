using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>One inline completion, seen by a client: cancelled, superseded, stale, typed through, extended.</summary>
public sealed class InlineCompletionTests
{
    [Fact]
    public async Task A_suggestion_is_an_insertion_at_the_cursor()
    {
        FakeInfiller infiller = new("return a + b");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "def add(a, b):\n    \n\nadd(1, 2)\n");

        JsonElement? answer = await session.CompleteAsync(1, 4);

        Assert.Equal("return a + b", LspSession.TextOf(answer));
        Assert.Equal(
            """{"start":{"line":1,"character":4},"end":{"line":1,"character":4}}""",
            answer!.Value.GetProperty("items")[0].GetProperty("range").GetRawText());
        InfillRequest asked = Assert.Single(infiller.Requests);
        Assert.Equal("def add(a, b):\n    ", asked.Prefix);
        Assert.Equal("\n\nadd(1, 2)\n", asked.Suffix);
    }

    [Fact]
    public async Task A_suggestion_of_several_lines_has_the_documents_line_ends()
    {
        FakeInfiller infiller = new("a\n    b");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x\r\n    \r\n");

        Assert.Equal("a\r\n    b", await session.TextAsync(1, 4));
        Assert.Equal("x\n    ", Assert.Single(infiller.Requests).Prefix);
    }

    [Theory]
    [InlineData(0, 4, 0, 7, "console", "let console")]
    [InlineData(0, 4, 0, 9, "console", "let console")]
    [InlineData(0, 7, 0, 7, "sole", "let console")]
    public async Task A_selected_popup_item_is_extended(
        int line, int start, int endLine, int end, string item, string prefix)
    {
        FakeInfiller infiller = new(".log(x)");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "let conXY\n");

        JsonElement? answer = await session.ExtendAsync(0, 7, LspSession.Range(line, start, endLine, end), item);

        Assert.Equal(item + ".log(x)", LspSession.TextOf(answer));
        JsonElement range = answer!.Value.GetProperty("items")[0].GetProperty("range");
        Assert.Equal(start, range.GetProperty("start").GetProperty("character").GetInt32());
        Assert.Equal(end, range.GetProperty("end").GetProperty("character").GetInt32());
        InfillRequest asked = Assert.Single(infiller.Requests);
        Assert.Equal(prefix, asked.Prefix);
        Assert.Equal("let conXY\n"[end..], asked.Suffix);
    }

    [Fact]
    public async Task What_the_user_types_of_a_suggestion_is_answered_without_the_engine()
    {
        FakeInfiller infiller = new("return a + b");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "    \n");
        Assert.Equal("return a + b", await session.TextAsync(0, 4));

        await session.ChangeAsync(2, 0, 4, "ret");
        Assert.Equal("urn a + b", await session.TextAsync(0, 7));
        await session.ChangeAsync(3, 0, 6, 0, 7, "");
        Assert.Equal("turn a + b", await session.TextAsync(0, 6));
        Assert.Single(infiller.Requests);

        await session.ChangeAsync(4, 0, 6, "x");
        await session.TextAsync(0, 7);
        Assert.Equal(2, infiller.Requests.Count);
    }

    [Fact]
    public async Task A_cancelled_request_ends_with_the_protocols_code_and_stops_the_engine()
    {
        FakeInfiller infiller = new("x");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        HeldInfill held = infiller.HoldNext();
        using CancellationTokenSource cancel = new();

        Task<JsonElement?> asked = session.CancellableAsync(0, 0, LspSession.Uri, 2, cancel.Token);
        await held.Begun.Soon();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked.Soon());
        await held.Stopped.Soon();
        Assert.Equal("x", await session.TextAsync(0, 0));
    }

    [Fact]
    public async Task A_request_cancelled_while_it_waits_never_reaches_the_engine()
    {
        FakeInfiller infiller = new("x");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        await session.OpenAsync("waiting", "file:///w/b.py");
        HeldInfill held = infiller.HoldNext();
        Task<JsonElement?> running = session.CompleteAsync(0, 0);
        await held.Begun.Soon();
        using CancellationTokenSource cancel = new();
        Task<JsonElement?> waiting = session.CancellableAsync(0, 7, "file:///w/b.py", 2, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());

        held.EndWith("done");

        Assert.Equal("done", LspSession.TextOf(await running));
        Assert.Single(infiller.Requests);
    }

    [Fact]
    public async Task The_newest_request_for_a_document_wins()
    {
        FakeInfiller infiller = new("newest");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "a\nb\nc\n");
        HeldInfill held = infiller.HoldNext();

        Task<JsonElement?> running = session.CompleteAsync(0, 1);
        await held.Begun.Soon();
        Task<JsonElement?> newest = session.CompleteAsync(2, 1);

        Assert.Null(await running.Soon());
        await held.Stopped.Soon();
        Assert.Equal("newest", LspSession.TextOf(await newest));
    }

    [Fact]
    public async Task Documents_do_not_supersede_each_other()
    {
        FakeInfiller infiller = new("other");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "a");
        await session.OpenAsync("b", "file:///w/b.py");
        HeldInfill held = infiller.HoldNext();

        Task<JsonElement?> running = session.CompleteAsync(0, 1);
        await held.Begun.Soon();
        Task<JsonElement?> other = session.CompleteAsync(0, 1, "file:///w/b.py");
        held.EndWith("first");

        Assert.Equal("first", LspSession.TextOf(await running));
        Assert.Equal("other", LspSession.TextOf(await other));
    }

    [Fact]
    public async Task A_stale_suggestion_is_kept_for_the_request_that_follows()
    {
        FakeInfiller infiller = new("never asked");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x = \n");
        HeldInfill held = infiller.HoldNext();
        Task<JsonElement?> stale = session.CompleteAsync(0, 4);
        await held.Begun.Soon();
        await session.ChangeAsync(2, 0, 4, "so");
        Assert.Null(await session.TextAsync(99, 0, "file:///not/open"));

        held.EndWith("something");

        Assert.Null(await stale.Soon());
        Assert.Equal("mething", await session.TextAsync(0, 6));
        Assert.Single(infiller.Requests);
    }

    [Fact]
    public async Task A_failed_infill_costs_one_suggestion()
    {
        FakeInfiller infiller = new("fine");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        foreach (Exception failure in (Exception[])[new EngineException("too long"), new InvalidOperationException("bug")])
        {
            HeldInfill held = infiller.HoldNext();
            held.FailWith(failure);
            Assert.Null(await session.TextAsync(0, 0));
        }

        Assert.Equal("fine", await session.TextAsync(0, 0));
    }

    [Fact]
    public async Task An_infill_that_deletes_everything_is_no_suggestion()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller(""));
        Assert.Null(await session.TextAsync(0, 0));
    }

    [Fact]
    public async Task Positions_out_of_the_document_mean_its_ends_and_senseless_ones_nothing()
    {
        FakeInfiller infiller = new("z");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "ab\n");

        Assert.Equal("z", await session.TextAsync(0, 99));
        Assert.Equal("ab", infiller.Requests.Last().Prefix);
        Assert.Equal("z", await session.TextAsync(99, 0));
        Assert.Equal("ab\n", infiller.Requests.Last().Prefix);
        Assert.Null(await session.TextAsync(-1, 0));
        Assert.Null(await session.TextAsync(0, 0, "file:///not/open"));
    }

    [Fact]
    public async Task Settings_reach_the_engine_and_switch_suggestions_off_and_on()
    {
        FakeInfiller infiller = new("z");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "", new { maxTokens = 7 });
        await session.TextAsync(0, 0);
        Assert.Equal(7, infiller.Requests.Last().MaxTokens);

        await ConfigureAsync(session, new { diffusionlsp = new { enabled = false } });
        await session.StateAsync("paused");
        Assert.Null(await session.TextAsync(0, 0));

        await ConfigureAsync(session, new { diffusionlsp = new { enabled = true, maxTokens = 9 } });
        await session.StateAsync("ready");
        Assert.Equal("z", await session.TextAsync(0, 0));
        Assert.Equal(9, infiller.Requests.Last().MaxTokens);

        await ConfigureAsync(session, new { diffusionlsp = new { enabled = "yes", maxTokens = "many" } });
        await ConfigureAsync(session, (object?)null);
        await session.OpenAsync("other", "file:///w/b.py");
        Assert.Equal("z", await session.TextAsync(0, 0, "file:///w/b.py"));
        Assert.Equal(9, infiller.Requests.Last().MaxTokens);
    }

    private static Task ConfigureAsync(LspSession session, object? settings) =>
        session.Client.NotifyWithParameterObjectAsync("workspace/didChangeConfiguration", new { settings });
}
