using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DiffusionLsp.Server.Tests.EngineProcess;

/// <summary>An engine that is lost costs one suggestion and is started again, but not for ever.</summary>
public sealed class EngineRestartTests
{
    [Fact]
    public async Task A_lost_engine_costs_its_infill_and_comes_back()
    {
        using InfillQueue queue = new(NullLogger.Instance);
        int loads = 0;
        queue.Start(() =>
        {
            FakeInfiller fake = new($"from {++loads}");
            if (loads == 1)
            {
                fake.HoldNext().FailWith(new EngineLostException("Gone.", new IOException()));
            }

            return fake;
        });

        Assert.Null(await AskAsync(queue));
        Assert.Equal("from 2", (await AskAsync(queue))?.Middle);
    }

    [Fact]
    public async Task Lost_again_and_again_it_pauses_until_somebody_restarts_it()
    {
        using InfillQueue queue = new(NullLogger.Instance);
        int loads = 0;
        queue.Start(() =>
        {
            loads++;
            throw new EngineLostException("Gone.", new IOException());
        });

        EngineStatus failed = await queue.LoadedAsync(TestContext.Current.CancellationToken).Soon();

        Assert.Equal(EngineState.Failed, failed.State);
        Assert.Contains("diffusionlsp.restart", failed.Failure);
        Assert.Equal(RestartPolicy.MostInARow + 1, loads);
        Assert.Null(await AskAsync(queue));

        queue.Restart(() => new FakeInfiller("back"));

        await Ready(queue).Soon();
        Assert.Equal("back", (await AskAsync(queue))?.Middle);
    }

    [Fact]
    public void Pauses_grow_end_and_begin_anew_after_an_infill()
    {
        RestartPolicy policy = new();
        List<TimeSpan?> pauses = [.. Enumerable.Range(0, RestartPolicy.MostInARow).Select(_ => policy.Lost())];

        Assert.Equal(pauses.Order(), pauses);
        Assert.DoesNotContain(null, pauses);
        Assert.Null(policy.Lost());
        policy.Succeeded();
        Assert.Equal(pauses[0], policy.Lost());
    }

    private static async Task Ready(InfillQueue queue)
    {
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.StatusChanged += status => _ = status.State == EngineState.Ready && ready.TrySetResult();
        if (queue.Status.State != EngineState.Ready)
        {
            await ready.Task;
        }
    }

    private static Task<InfillResult?> AskAsync(InfillQueue queue) => queue
        .EnqueueAsync(new InfillOrder("a", new InfillRequest { Prefix = "", Suffix = "" }), CancellationToken.None).Soon();
}
