using System.Text.Json;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>Who asks by a command for what is shown already gets other suggestions beside it.</summary>
public sealed class AlternativesTests
{
    private const string Text = "def add(a, b):\n    \n\nadd(1, 2)\n";
    private const int Invoked = 1;

    private static readonly string[] _middles = ["return a + b", "return b + a", "return sum((a, b))"];

    [Fact]
    public async Task Asked_again_by_a_command_there_are_others_the_likeliest_first()
    {
        FakeInfiller infiller = new(request => _middles[request.Seed]) { LikelihoodOf = request => request.Seed / 10.0 };
        await using LspSession session = await LspSession.ReadyAsync(infiller, Text);
        Assert.Equal([_middles[0]], Texts(await session.CompleteAsync(1, 4, triggerKind: Invoked)));

        JsonElement? again = await session.CompleteAsync(1, 4, triggerKind: Invoked);
        JsonElement? onceMore = await session.CompleteAsync(1, 4, triggerKind: Invoked);

        Assert.Equal([_middles[0], _middles[2], _middles[1]], Texts(again));
        Assert.Equal(Texts(again), Texts(onceMore));
        Assert.Equal([(0, 0), (0.7, 1), (0.7, 2)], infiller.Requests.Take(3).Select(request => (request.Temperature, request.Seed)));
        Assert.Equal([[], _middles[..1], _middles[..2]], infiller.Requests.Take(3).Select(request => request.Offered));
    }

    [Fact]
    public async Task What_is_the_same_or_filtered_is_no_alternative()
    {
        FakeInfiller infiller = new(request => request.Seed == 2 ? "" : "return a + b");
        await using LspSession session = await LspSession.ReadyAsync(infiller, Text);
        await session.CompleteAsync(1, 4);

        Assert.Equal(["return a + b"], Texts(await session.CompleteAsync(1, 4, triggerKind: Invoked)));
    }

    [Fact]
    public async Task Who_only_types_is_shown_the_one()
    {
        FakeInfiller infiller = new(request => _middles[request.Seed]);
        await using LspSession session = await LspSession.ReadyAsync(infiller, Text);
        await session.CompleteAsync(1, 4);

        Assert.Equal([_middles[0]], Texts(await session.CompleteAsync(1, 4)));
        Assert.Single(infiller.Requests);
    }

    [Fact]
    public async Task An_alternative_that_is_taken_has_the_next_suggestion_made_ahead()
    {
        FakeInfiller infiller = new(request => _middles[request.Seed]);
        await using LspSession session = await LspSession.ReadyAsync(infiller, Text);
        await session.CompleteAsync(1, 4);
        await session.CompleteAsync(1, 4, triggerKind: Invoked);

        await session.ChangeAsync(2, 1, 4, _middles[1]);
        await session.CompleteAsync(1, 4 + _middles[1].Length);

        Assert.Equal(4, infiller.Requests.Count);
        Assert.EndsWith(_middles[1], infiller.Requests.Last().Prefix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Taken_back_it_ends_and_the_next_request_is_answered()
    {
        FakeInfiller infiller = new(request => _middles[request.Seed]);
        await using LspSession session = await LspSession.ReadyAsync(infiller, Text);
        await session.CompleteAsync(1, 4);
        HeldInfill held = infiller.HoldNext();
        using CancellationTokenSource cancel = new();
        Task<JsonElement?> again = session.CancellableAsync(1, 4, LspSession.Uri, Invoked, cancel.Token);
        await held.Begun.Soon();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => again);
        Assert.Equal([_middles[0]], Texts(await session.CompleteAsync(1, 4)));
    }

    private static string[] Texts(JsonElement? list) =>
        [.. list!.Value.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("insertText").GetString()!)];
}
