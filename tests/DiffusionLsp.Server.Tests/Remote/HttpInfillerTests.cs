using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Remote;
using DiffusionLsp.Server.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionLsp.Server.Tests.Remote;

/// <summary>A serving engine that streams, stalls, fails and cuts.</summary>
public sealed class HttpInfillerTests : IDisposable
{
    private const string Secret = "sesame-1234";

    private readonly FakeTimeProvider _time = new();
    private readonly StandInEngine _engine = new(_ => EngineReply.Stream("a", " + ", "b"));

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void Both_texts_go_as_prompt_and_suffix_and_the_pieces_come_back_as_one_middle()
    {
        using HttpInfiller infiller = Infiller();

        InfillResult result = infiller.Infill(Gap("x = ", "\nprint(x)\n") with { MaxTokens = 30, Related = "elsewhere" }, null, CancellationToken.None);

        Assert.Equal(("a + b", InfillOutcome.Filled, 3), (result.Middle, result.Outcome, result.Tokens));
        EngineCall call = Assert.Single(_engine.Calls);
        Assert.Equal("/v1/completions", call.Path);
        Assert.Equal("""{"model":"big","prompt":"x = ","suffix":"\nprint(x)\n","max_tokens":30,"temperature":0,"seed":0,"stream":true}""", call.Body.GetRawText());
        Assert.Equal($"Bearer {Secret}", call.Header("Authorization"));
        Assert.DoesNotContain("elsewhere", call.Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_joins_the_texts_once_each()
    {
        using HttpInfiller infiller = Infiller("", "<P>{prefix}<S>{suffix}<M>");
        infiller.Infill(Gap("a {suffix} ", " b {prefix}"), null, CancellationToken.None);

        EngineCall call = Assert.Single(_engine.Calls);
        Assert.Equal("<P>a {suffix} <S> b {prefix}<M>", call.Text("prompt"));
        Assert.Null(call.Text("suffix"));
    }

    [Fact]
    public void Llamas_infill_has_a_form_of_its_own()
    {
        _engine.Answer = _ => new EngineReply(200, ["""data: {"content":"a","stop":false}""", """data: {"content":"b","stop":true}"""]);
        using HttpInfiller infiller = Infiller("/infill");

        Assert.Equal("ab", infiller.Infill(Gap("p", "s"), null, CancellationToken.None).Middle);

        EngineCall call = Assert.Single(_engine.Calls);
        Assert.Equal(("/infill", "p", "s"), (call.Path, call.Text("input_prefix"), call.Text("input_suffix")));
        Assert.Equal(128, call.Body.GetProperty("n_predict").GetInt32());
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"text":"whole","finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}]}""")]
    public void An_engine_that_does_not_stream(string body)
    {
        _engine.Answer = _ => EngineReply.Whole(body);
        using HttpInfiller infiller = Infiller("/v1/fim/completions");
        Assert.Equal("whole", infiller.Infill(Gap("p", "s"), null, CancellationToken.None).Middle);
        Assert.False(Assert.Single(_engine.Calls).Body.TryGetProperty("seed", out _));
    }

    [Theory]
    [InlineData("x = ", " + 1  # sum\n", "a\n", "a")]
    [InlineData("def f():\n", "\nclass After:\n    pass\n", "    return 1\nclass After:\n", "    return 1")]
    public async Task Nothing_is_read_beyond_the_end_of_the_middle(string prefix, string suffix, string sent, string expected)
    {
        _engine.Answer = _ => EngineReply.Stream(sent, "more") with { Before = i => i == 1 ? _engine.ForEver() : Task.CompletedTask };
        using HttpInfiller infiller = Infiller();

        InfillResult result = infiller.Infill(Gap(prefix, suffix), null, CancellationToken.None);

        Assert.Equal(expected, result.Middle.Split('\n')[0] == expected ? expected : result.Middle);
        Assert.DoesNotContain("After", result.Middle, StringComparison.Ordinal);
        await _engine.Left.Task.Soon();
    }

    [Theory]
    [InlineData("a<|endoftext|>b", "a")]
    [InlineData("a\uFFFD", "a")]
    [InlineData("  \n", "")]
    public void What_no_middle_holds_is_cut(string sent, string expected)
    {
        _engine.Answer = _ => EngineReply.Stream(sent);
        using HttpInfiller infiller = Infiller();
        InfillResult result = infiller.Infill(Gap("p", ""), null, CancellationToken.None);
        Assert.Equal((expected, expected.Length == 0 ? InfillOutcome.Empty : InfillOutcome.Filled), (result.Middle, result.Outcome));
    }

    [Fact]
    public void Half_a_surrogate_pair_goes_as_a_replacement_character()
    {
        using HttpInfiller infiller = Infiller();
        infiller.Infill(Gap("\ud83d", ""), null, CancellationToken.None);
        Assert.Equal("\uFFFD", Assert.Single(_engine.Calls).Text("prompt"));
    }

    [Fact]
    public void Two_draws_for_one_gap_are_made_together()
    {
        _engine.Answer = call => new EngineReply(200,
        [
            """data: {"choices":[{"index":1,"text":"se"},{"index":0,"text":"first"}]}""",
            """data: {"choices":[{"index":1,"text":"cond","finish_reason":"stop"}]}""",
            """data: {"choices":[{"index":0,"text":"","finish_reason":"length"}]}""",
        ]);
        using HttpInfiller infiller = Infiller();
        InfillRequest gap = Gap("p", "s") with { Temperature = 0.7, Seed = 1 };

        Assert.Equal("first", infiller.Infill(gap, null, CancellationToken.None).Middle);
        InfillResult second = infiller.Infill(gap with { Seed = 2, Offered = ["first"] }, null, CancellationToken.None);
        Assert.Equal(("second", 2), (second.Middle, second.Seed));
        Assert.Equal(2, Assert.Single(_engine.Calls).Body.GetProperty("n").GetInt32());

        infiller.Infill(gap with { Seed = 3 }, null, CancellationToken.None);
        Assert.Equal(2, _engine.Calls.Count);
    }

    [Theory]
    [InlineData(401, "{\"error\":{\"message\":\"Incorrect key sesame-1234 provided\"}}", "wants a key, or another one (401): put it into DIFFUSIONLSP_ENGINE_KEY")]
    [InlineData(403, "", "wants a key, or another one (403)")]
    [InlineData(404, "", "/v1/completions is not there (404)")]
    [InlineData(400, "{\"message\":\"suffix is not currently supported\"}", "takes no text after the cursor (400): set engineTemplate")]
    [InlineData(500, "{\"error\":{\"message\":\"Unsupported param: suffix\"}}", "for llama.cpp end engineUrl with /infill")]
    [InlineData(422, "{\"input\":\"secret source text\"}", "refuses what it is asked (422)")]
    [InlineData(429, "", "is asked too often (429)")]
    [InlineData(500, "oops", "fails (500): see its log")]
    [InlineData(503, "", "fails (503)")]
    [InlineData(302, "", "leads elsewhere (302), where nothing is sent")]
    public void A_refusal_is_one_line_that_says_what_to_do_and_repeats_nothing(int status, string body, string message)
    {
        _engine.Answer = _ => EngineReply.Whole(body, status) with { Headers = new() { ["Location"] = _engine.Url + "/elsewhere" } };
        AssertFails(message);
        Assert.Single(_engine.Calls);
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"te", "answers in a way that is not known here")]
    [InlineData("data: {\"choices\":{}}", "answers in a way that is not known here")]
    [InlineData("data: {\"error\":{\"message\":\"secret source text\"}}", "answers in a way that is not known here")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"text\":\"half\"}]}", "broke off in the middle of an answer")]
    public void A_stream_that_is_none_or_ends_early(string line, string message)
    {
        _engine.Answer = _ => new EngineReply(200, [line]);
        AssertFails(message);
    }

    [Fact]
    public void A_stream_that_is_cut()
    {
        _engine.Answer = _ => EngineReply.Stream("a", "b") with { Events = EngineReply.Stream("a").Events.Take(1).ToList(), IsCut = true };
        AssertFails("broke off in the middle of an answer");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_engine_that_falls_silent(int after)
    {
        _engine.Answer = _ => EngineReply.Stream("a", "b") with { Before = i => i == after ? _engine.ForEver() : Task.CompletedTask };
        AssertFails("gave no answer within 0.3 s");
    }

    [Fact]
    public void An_engine_that_never_comes_to_an_end()
    {
        _engine.Answer = _ => EngineReply.Stream(Enumerable.Repeat("x", 10_000)) with { Before = _ => Task.Delay(20) };
        AssertFails("gave no answer within 1 s", new RemoteLimits { Silence = TimeSpan.FromSeconds(30), Whole = TimeSpan.FromSeconds(1) });
    }

    [Fact]
    public void An_engine_that_is_not_there()
    {
        _engine.Dispose();
        AssertFails("cannot be reached (Connection refused): start the engine, or check engineUrl");
    }

    [Fact]
    public async Task Cancelled_it_ends_at_once_and_the_engine_learns_of_it()
    {
        using CancellationTokenSource stop = new();
        _engine.Answer = _ =>
        {
            stop.CancelAfter(20);
            return EngineReply.Stream("a", "b") with { Before = i => i == 1 ? _engine.ForEver() : Task.CompletedTask };
        };
        using HttpInfiller infiller = Infiller();

        Assert.ThrowsAny<OperationCanceledException>(() => infiller.Infill(Gap("p", "s"), null, stop.Token));
        await _engine.Left.Task.Soon();

        _engine.Answer = _ => EngineReply.Stream("c");
        Assert.Equal("c", infiller.Infill(Gap("p", "s"), null, CancellationToken.None).Middle);
    }

    [Fact]
    public void One_that_fails_is_left_alone_for_longer_each_time_and_asked_again()
    {
        _engine.Answer = _ => EngineReply.Whole("", 503);
        using HttpInfiller infiller = Infiller();
        int[] calls = [1, 1, 2, 2, 2, 3];
        foreach (int expected in calls)
        {
            Assert.Contains("fails (503)", Fail(infiller).Message, StringComparison.Ordinal);
            Assert.Equal(expected, _engine.Calls.Count);
            _time.Advance(TimeSpan.FromSeconds(0.7));
        }

        _engine.Answer = _ => EngineReply.Stream("a");
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("a", infiller.Infill(Gap("p", "s"), null, CancellationToken.None).Middle);
    }

    [Fact]
    public void A_busy_one_is_left_alone_as_long_as_it_asks_for()
    {
        _engine.Answer = _ => EngineReply.Whole("", 429) with { Headers = new() { ["Retry-After"] = "30" } };
        using HttpInfiller infiller = Infiller();
        Fail(infiller);
        _time.Advance(TimeSpan.FromSeconds(29));
        Fail(infiller);
        Assert.Single(_engine.Calls);
        _time.Advance(TimeSpan.FromSeconds(2));
        Fail(infiller);
        Assert.Equal(2, _engine.Calls.Count);
    }

    private void AssertFails(string message, RemoteLimits? limits = null)
    {
        using HttpInfiller infiller = Infiller(limits: limits);
        string said = Fail(infiller).Message;
        Assert.Contains(message, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, said, StringComparison.Ordinal);
        Assert.DoesNotContain("secret source text", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
    }

    private static EngineUnavailableException Fail(HttpInfiller infiller) =>
        Assert.Throws<EngineUnavailableException>(() => infiller.Infill(Gap("p", "s"), null, CancellationToken.None));

    private static InfillRequest Gap(string prefix, string suffix) => new() { Prefix = prefix, Suffix = suffix };

    private HttpInfiller Infiller(string path = "", string? template = null, RemoteLimits? limits = null) => new(
        new RemoteChoice(_engine.Url + path) { Model = "big", Template = template },
        name => name == RemoteKey.Variable ? Secret : null,
        limits ?? new RemoteLimits { Silence = TimeSpan.FromSeconds(0.3) },
        _time);
}
