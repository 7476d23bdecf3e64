using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion.Policy;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>Time becomes forward passes and tokens of context, in notches.</summary>
public sealed class StepBudgetTests
{
    [Theory]
    [InlineData(400, null, null, null)]  // nobody has measured
    [InlineData(400, 5.0, null, null)]   // 64 passes: as many as the model wants
    [InlineData(400, 20.0, 16, null)]
    [InlineData(400, 21.0, 12, null)]    // 15.2 passes: the notch below
    [InlineData(400, 60.0, 4, null)]
    [InlineData(400, 100.0, 3, null)]
    [InlineData(400, 150.0, 3, 256)]     // 2.1 passes over all of it, 4.3 over half
    [InlineData(400, 1000.0, 3, 64)]
    [InlineData(400, 60_000.0, 3, 64)]   // never less than that: a short answer is better than none
    [InlineData(3000, 1000.0, 3, 256)]
    public void A_time_is_a_notch(double milliseconds, double? forward, int? forwards, int? context) =>
        Assert.Equal(new StepBudget(forwards, context), StepBudget.For(milliseconds, forward, 512));

    [Fact]
    public void A_little_more_or_less_load_while_it_was_measured_makes_no_other_notch()
    {
        for (double forward = 67; forward < 80; forward += 0.5)
        {
            Assert.Equal(StepBudget.For(400, 67, 512), StepBudget.For(400, forward, 512));
        }
    }

    [Fact]
    public void A_model_is_timed_once_and_says_so()
    {
        FakeInfiller fake = Fake("cuda:0");

        using (MeasuredInfiller measured = MeasuredInfiller.Of(fake))
        {
            Assert.Equal(12.5 / 2, measured.Model.MillisecondsPerForward);
            Assert.Equal(fake.Model, measured.Model with { MillisecondsPerForward = null });
            Assert.All(fake.Requests, request => Assert.Equal(1, request.MaxForwards));
            int before = fake.Requests.Count;
            measured.Infill(new InfillRequest { Prefix = "a", Suffix = "b" }, null, CancellationToken.None);
            Assert.Equal(before + 1, fake.Requests.Count);
        }

        Assert.True(fake.Disposed.IsCompleted);
    }

    /// <summary>A fake says that it took a while and works for none of it, as if something else had had the processor.</summary>
    [Fact]
    public void Time_that_was_spent_waiting_for_a_processor_is_not_the_models()
    {
        using MeasuredInfiller measured = MeasuredInfiller.Of(Fake("cpu"));

        Assert.InRange(measured.Model.MillisecondsPerForward!.Value, 0, 12.5 / 2);
    }

    private static FakeInfiller Fake(string device) =>
        new("x") { Model = new ModelDescription("fake", "/models/fake", "script", device, "fp32", 1_500_000, 256) };

    [Fact]
    public void A_model_that_cannot_be_timed_is_let_go()
    {
        FakeInfiller fake = new(_ => throw new EngineException("No."));

        Assert.Throws<EngineException>(() => MeasuredInfiller.Of(fake));

        Assert.True(fake.Disposed.IsCompleted);
    }
}
