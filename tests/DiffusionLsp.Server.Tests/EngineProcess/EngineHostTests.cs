using System.Collections.Concurrent;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.EngineProcess;
using DiffusionLsp.Server.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Nerdbank.Streams;

namespace DiffusionLsp.Server.Tests.EngineProcess;

/// <summary>The engine's process and a window's infiller, joined by streams in memory.</summary>
public sealed class EngineHostTests
{
    [Fact]
    public void A_window_learns_what_is_loaded_and_gets_its_infills()
    {
        using FakeInfiller fake = new(request => $"<{request.Prefix}|{request.Suffix}>");
        using EngineHost host = Host(() => fake);
        using RemoteInfiller window = RemoteInfiller.Start(_ => Connect(host));

        InfillResult result = window.Infill(
            new InfillRequest { Prefix = "a", Suffix = "b", MaxTokens = 7, Seed = 3, Offered = ["c"] }, null, CancellationToken.None);

        Assert.Equal("<a|b>", result.Middle);
        Assert.Equal(fake.Model, window.Model with { Languages = fake.Model.Languages });
        InfillRequest seen = Assert.Single(fake.Requests);
        Assert.Equal((7, 3L), (seen.MaxTokens, seen.Seed));
        Assert.Equal(["c"], seen.Offered);
    }

    [Fact]
    public void Half_a_surrogate_pair_crosses_the_border()
    {
        using FakeInfiller fake = new("x");
        using EngineHost host = Host(() => fake);
        using RemoteInfiller window = RemoteInfiller.Start(_ => Connect(host));

        window.Infill(Request("a\ud83d", "\ude00\r\n\0"), null, CancellationToken.None);

        InfillRequest seen = Assert.Single(fake.Requests);
        Assert.Equal(("a\ud83d", "\ude00\r\n\0"), (seen.Prefix, seen.Suffix));
    }

    [Fact]
    public void Steps_come_in_order_before_the_infill_ends()
    {
        using EngineHost host = Host(() => new SteppingInfiller());
        using RemoteInfiller window = RemoteInfiller.Start(_ => Connect(host));
        ConcurrentQueue<DenoisingStep> steps = new();

        window.Infill(Request("a", "b"), steps.Enqueue, CancellationToken.None);

        Assert.Equal([.. Enumerable.Range(1, 20)], steps.Select(step => step.Index));
        Assert.Equal(new CanvasCell("t", CellState.Fresh, 0.5), Assert.Single(steps.First().Cells));
    }

    [Fact]
    public async Task A_window_learns_how_much_of_the_model_is_there_while_it_waits()
    {
        TaskCompletionSource<Action<double>> loading = new();
        using ManualResetEventSlim mayEnd = new();
        using EngineHost host = new(
            NullLogger.Instance,
            onLoaded =>
            {
                loading.SetResult(onLoaded);
                mayEnd.Wait();
                return new FakeInfiller("x");
            },
            TimeSpan.FromMinutes(10));
        TaskCompletionSource<double> told = new();
        Task<RemoteInfiller> starting = Task.Run(() => RemoteInfiller.Start(_ => Connect(host), share => told.TrySetResult(share)));
        (await loading.Task.Soon())(0.5);

        Assert.Equal(0.5, await told.Task.Soon());
        mayEnd.Set();
        using RemoteInfiller window = await starting.Soon();
    }

    [Fact]
    public void A_model_that_cannot_be_loaded_is_the_window_s_error()
    {
        using EngineHost host = Host(() => throw new EngineException("No such model; take another."));

        EngineException refused = Assert.Throws<EngineException>(() => RemoteInfiller.Start(_ => Connect(host)));

        Assert.Equal("No such model; take another.", refused.Message);
    }

    [Fact]
    public void A_request_that_cannot_be_run_is_an_error_and_the_next_one_is_answered()
    {
        using FakeInfiller fake = new("x");
        using EngineHost host = Host(() => fake);
        using RemoteInfiller window = RemoteInfiller.Start(_ => Connect(host));
        fake.HoldNext().FailWith(new EngineException("Too long."));

        EngineException refused = Assert.Throws<EngineException>(
            () => window.Infill(Request("a", "b"), null, CancellationToken.None));

        Assert.Equal("Too long.", refused.Message);
        Assert.Equal("x", window.Infill(Request("a", "b"), null, CancellationToken.None).Middle);
    }

    [Fact]
    public async Task Cancelling_stops_the_engine()
    {
        using FakeInfiller fake = new("x");
        using EngineHost host = Host(() => fake);
        using RemoteInfiller window = RemoteInfiller.Start(_ => Connect(host));
        HeldInfill held = fake.HoldNext();
        using CancellationTokenSource source = new();

        Task<InfillResult> infill = Task.Run(() => window.Infill(Request("a", "b"), null, source.Token));
        await held.Begun.Soon();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => infill.Soon());
        await held.Stopped.Soon();
    }

    [Fact]
    public async Task Windows_are_served_in_turn()
    {
        using FakeInfiller fake = new(request => request.Prefix);
        using EngineHost host = Host(() => fake);
        using RemoteInfiller busy = RemoteInfiller.Start(_ => Connect(host));
        using RemoteInfiller other = RemoteInfiller.Start(_ => Connect(host));
        HeldInfill held = fake.HoldNext();
        Task<InfillResult> first = Task.Run(() => busy.Infill(Request("1", ""), null, CancellationToken.None));
        await held.Begun.Soon();
        Task<InfillResult> second = Task.Run(() => other.Infill(Request("2", ""), null, CancellationToken.None));
        held.EndWith("1");

        Assert.Equal("1", (await first.Soon()).Middle);
        Assert.Equal("2", (await second.Soon()).Middle);
    }

    [Fact]
    public void A_connection_that_breaks_during_an_infill_is_a_lost_engine()
    {
        using FakeInfiller fake = new("x");
        HeldInfill held = fake.HoldNext();
        using EngineHost host = Host(() => fake);
        Stream? connection = null;
        using RemoteInfiller window = RemoteInfiller.Start(_ => connection = Connect(host));
        _ = held.Begun.ContinueWith(_ => connection!.Dispose(), TaskScheduler.Default);

        Assert.Throws<EngineLostException>(() => window.Infill(Request("a", "b"), null, CancellationToken.None));
    }

    private static EngineHost Host(Func<IInfiller> load) => new(NullLogger.Instance, _ => load(), TimeSpan.FromMinutes(10));

    private static Stream Connect(EngineHost host)
    {
        (Stream windowSide, Stream engineSide) = FullDuplexStream.CreatePair();
        _ = host.ServeAsync(engineSide);
        return windowSide;
    }

    private static InfillRequest Request(string prefix, string suffix) => new() { Prefix = prefix, Suffix = suffix };

    private sealed class SteppingInfiller : IInfiller
    {
        public ModelDescription Model { get; } = new("stepping", "/m", "script", "cpu", "fp32", 1, 256);

        public InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
        {
            for (int step = 1; step <= 20; step++)
            {
                onStep?.Invoke(new DenoisingStep(step, [new CanvasCell("t", CellState.Fresh, 0.5)]));
            }

            return new InfillResult
            {
                Middle = "t", Outcome = InfillOutcome.Filled, Steps = 20, Forwards = 20, Tokens = 1,
                Milliseconds = 1, Confidence = 0.5, Seed = 0,
            };
        }

        public void Dispose()
        {
        }
    }
}
