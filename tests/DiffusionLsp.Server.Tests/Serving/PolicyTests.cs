using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>When something is suggested, how long it may take, and what is told where nothing is.</summary>
public sealed class PolicyTests
{
    private const int Invoked = 1;

    [Fact]
    public async Task Whoever_wants_suggestions_by_hand_gets_them_by_hand_alone()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("y"), "x", new { trigger = "manual" });

        Assert.Null(await session.TextAsync(0, 1));
        Assert.Equal("y", await session.TextAsync(0, 1, triggerKind: Invoked));
        Assert.Equal(["shown", "off"], await OutcomesAsync(session));
    }

    [Fact]
    public async Task What_the_model_is_not_sure_of_is_shown_to_those_who_ask()
    {
        FakeInfiller infiller = new("y") { Likelihood = 0.4 };
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x", new { confidenceFloor = 0.5 });

        Assert.Null(await session.TextAsync(0, 1));
        Assert.Equal("y", await session.TextAsync(0, 1, triggerKind: Invoked));
        Assert.Equal(["shown", "below the confidence floor"], await OutcomesAsync(session));
    }

    [Fact]
    public async Task The_models_own_floor_holds_where_the_user_sets_none()
    {
        FakeInfiller infiller = new("y") { Likelihood = 0.4, Model = Model with { ConfidenceFloor = 0.5 } };
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x");

        Assert.Null(await session.TextAsync(0, 1));
        await session.ConfigureAsync(new { confidenceFloor = 0.3 });
        Assert.Equal("y", await session.TextAsync(0, 1));
    }

    [Fact]
    public async Task Steps_are_planned_from_what_a_pass_was_measured_to_take()
    {
        FakeInfiller infiller = new("y") { Model = Model with { MillisecondsPerForward = 60 } };
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x");

        await session.TextAsync(0, 1);
        await session.ConfigureAsync(new { maxTokens = 7 });
        await session.TextAsync(0, 1, triggerKind: Invoked);

        Assert.Equal([4, null], infiller.Requests.Select(request => request.MaxForwards));
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_is_kept_for_the_next_request()
    {
        FakeInfiller infiller = new("late");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "x", new { timeBudgetMs = 1 });
        HeldInfill held = infiller.HoldNext();

        Assert.Null(await session.TextAsync(0, 1));
        held.EndWith("kept");
        string? next = null;
        while (next is null)
        {
            next = await session.TextAsync(0, 1);
        }

        Assert.Equal("kept", next);
        Assert.Single(infiller.Requests);
        Assert.Contains("over budget", await OutcomesAsync(session));
    }

    [Fact]
    public async Task The_infill_behind_an_accepted_suggestion_is_begun_before_it_is_asked_for()
    {
        FakeInfiller infiller = new(request => request.Prefix.EndsWith("b()", StringComparison.Ordinal) ? "\nc()" : "b()");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "a\n");
        Assert.Equal("b()", await session.TextAsync(0, 1));
        HeldInfill ahead = infiller.HoldNext();

        await session.ChangeAsync(2, 0, 1, "b()");
        InfillRequest begun = await ahead.Begun.Soon();
        Task<string?> asked = session.TextAsync(0, 4);
        ahead.EndWith("\nc()");

        Assert.Equal(("ab()", "\n"), (begun.Prefix, begun.Suffix));
        Assert.Equal("\nc()", await asked.Soon());
        Assert.Equal(2, infiller.Requests.Count);
    }

    [Fact]
    public async Task Any_other_edit_begins_nothing()
    {
        FakeInfiller infiller = new("b()");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "a\n");
        Assert.Equal("b()", await session.TextAsync(0, 1));

        await session.ChangeAsync(2, 0, 1, "b(");
        await session.ChangeAsync(3, 0, 0, "z");
        Assert.NotNull(await session.TextAsync(0, 1));

        Assert.Equal(["a", "z"], infiller.Requests.Select(request => request.Prefix));
    }

    [Fact]
    public async Task The_latest_requests_are_told_newest_first_and_hold_no_text()
    {
        await using LspSession session = await LspSession.ReadyAsync(new FakeInfiller("secret"), "hidden\n");
        for (int request = 0; request < 60; request++)
        {
            await session.TextAsync(0, request % 7);
        }

        JsonElement requests = await RequestsAsync(session);

        Assert.Equal(50, requests.GetArrayLength());
        Assert.DoesNotContain("secret", requests.GetRawText());
        Assert.DoesNotContain("hidden", requests.GetRawText());
        JsonElement shown = requests.EnumerateArray().First(entry => entry.GetProperty("outcome").GetString() != "off");
        Assert.Equal(LspSession.Uri, shown.GetProperty("uri").GetString());
        Assert.True(shown.GetProperty("ms").GetDouble() >= 0);
    }

    [Fact]
    public async Task Other_open_files_of_the_language_are_looked_through_where_the_user_lets_them_be()
    {
        FakeInfiller infiller = new("y");
        await using LspSession session = await LspSession.ReadyAsync(infiller, "def save(path):\n    return ");
        await session.OpenAsync("def load(path):\n    return open(path)\n", "file:///w/b.py");
        await session.OpenAsync("def save(path) { return path }\n", "file:///w/c.ts", languageId: "typescript");

        await session.TextAsync(1, 11);
        await session.ConfigureAsync(new { relatedFiles = false });
        await session.ChangeAsync(2, 1, 11, "z");
        await session.TextAsync(1, 12);

        Assert.Equal(["def load(path):\n    return open(path)\n\n", ""], infiller.Requests.Select(request => request.Related));
    }

    [Fact]
    public async Task What_was_shown_and_taken_is_counted_once_each()
    {
        string folder = Directory.CreateTempSubdirectory("figures-").FullName;
        string file = Path.Combine(folder, "figures.json");
        try
        {
            FakeInfiller infiller = new(request => request.Prefix.EndsWith("b()", StringComparison.Ordinal) ? "" : "b()");
            await using LspSession session = LspSession.StartCounting(file, infiller);
            await session.InitializeAsync();
            await session.OpenAsync("a\n");
            await session.StateAsync("ready");
            Assert.Equal("b()", await session.TextAsync(0, 1));
            await session.ChangeAsync(2, 0, 1, "b");
            Assert.Equal("()", await session.TextAsync(0, 2));
            await session.ChangeAsync(3, 0, 2, "()");

            JsonElement figures = await session.Client.InvokeWithParameterObjectAsync<JsonElement>(
                "workspace/executeCommand", new { command = "diffusionlsp.figures" }, TestContext.Current.CancellationToken);

            Assert.Equal(file, figures.GetProperty("file").GetString());
            JsonElement day = Assert.Single(figures.GetProperty("days").EnumerateObject()).Value;
            Assert.Equal("""{"shown":1,"accepted":1}""", day.GetProperty("python").GetRawText());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ModelDescription Model { get; } = new("fake", "/models/fake", "script", "cpu", "fp32", 1_500_000, 256);

    private static Task<JsonElement> RequestsAsync(LspSession session) =>
        session.Client.InvokeWithParameterObjectAsync<JsonElement>(
            "workspace/executeCommand", new { command = "diffusionlsp.requests" }, TestContext.Current.CancellationToken);

    private static async Task<List<string?>> OutcomesAsync(LspSession session) =>
        [.. (await RequestsAsync(session)).EnumerateArray().Select(entry => entry.GetProperty("outcome").GetString())];
}
