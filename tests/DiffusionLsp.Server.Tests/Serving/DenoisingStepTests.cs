using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>Steps of denoising are shown to a client that asks for them, not too often, and the last one always.</summary>
public sealed class DenoisingStepTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_step_says_where_it_is_and_what_stands_in_the_gap()
    {
        FakeInfiller infiller = new("return")
        {
            Steps = [new DenoisingStep(1, [new("", CellState.Masked, 0.25), new(" a", CellState.Fresh, 0.5), new("b", CellState.Committed, 1)])],
        };
        await using LspSession session = await ReadyAsync(infiller, new { denoisingSteps = true });

        await session.TextAsync(0, 4);

        Assert.Equal(
            """
            {"uri":"file:///w/a.py","position":{"line":0,"character":4},"request":1,"step":1,"cells":[
            {"text":"","state":"masked","confidence":0.25},{"text":" a","state":"fresh","confidence":0.5},
            {"text":"b","state":"committed","confidence":1}],"milliseconds":0}
            """.ReplaceLineEndings(""),
            (await session.StepAsync()).GetRawText());
    }

    [Fact]
    public async Task Nobody_is_shown_steps_who_does_not_ask_for_them()
    {
        FakeInfiller infiller = new("return") { Steps = [Step(1)] };
        await using LspSession session = await ReadyAsync(infiller, new { denoisingSteps = false });
        await session.TextAsync(0, 4);
        Assert.Equal(0, session.UnreadSteps);
    }

    [Fact]
    public async Task A_burst_of_steps_is_the_first_and_the_last()
    {
        FakeInfiller infiller = new("return") { Steps = [.. Enumerable.Range(1, 100).Select(Step)] };
        await using LspSession session = await ReadyAsync(infiller, new { denoisingSteps = true });
        await session.TextAsync(0, 4);
        Assert.Equal(["1:1", "1:100"], await StepsAsync(session, 2));

        // Less than a twentieth of a second after the last request's last step, the next one's first is too early.
        await session.ChangeAsync(2, 0, 4, "x");
        _time.Advance(TimeSpan.FromMilliseconds(49));
        await session.TextAsync(0, 5);
        Assert.Equal(["2:100"], await StepsAsync(session, 1));
        Assert.Equal(0, session.UnreadSteps);
    }

    [Fact]
    public async Task No_more_than_twenty_steps_a_second_are_shown()
    {
        FakeInfiller infiller = new("return") { Steps = new Slow(_time, TimeSpan.FromMilliseconds(10), 101) };
        await using LspSession session = await ReadyAsync(infiller, new { denoisingSteps = true });

        await session.TextAsync(0, 4);

        // A second of steps, ten milliseconds apart, from 0 to 1000.
        Assert.Equal(Enumerable.Range(0, 21).Select(i => $"1:{1 + (5 * i)}"), await StepsAsync(session, 21));
        Assert.Equal(0, session.UnreadSteps);
    }

    private async Task<LspSession> ReadyAsync(FakeInfiller infiller, object options)
    {
        LspSession session = LspSession.StartAt(_time, _ => infiller);
        await session.InitializeAsync(options);
        await session.OpenAsync("    ");
        await session.StateAsync("ready");
        return session;
    }

    private static async Task<IReadOnlyList<string>> StepsAsync(LspSession session, int count)
    {
        List<string> steps = [];
        while (steps.Count < count)
        {
            JsonElement step = await session.StepAsync();
            steps.Add($"{step.GetProperty("request").GetInt32()}:{step.GetProperty("step").GetInt32()}");
        }

        return steps;
    }

    private static DenoisingStep Step(int index) => new(index, []);

    /// <summary>Steps that take time: the clock goes on after each.</summary>
    private sealed class Slow(FakeTimeProvider time, TimeSpan each, int count) : IReadOnlyList<DenoisingStep>
    {
        public int Count => count;

        public DenoisingStep this[int index] => Step(index + 1);

        public IEnumerator<DenoisingStep> GetEnumerator()
        {
            for (int i = 0; i < count; i++)
            {
                yield return this[i];
                time.Advance(each);
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
