using DiffusionLsp.Engine.Models;
using DiffusionLsp.Training.Fitting;
using Spectre.Console;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class TrainerTests : IDisposable
{
    /// <summary>Whether the head is the embedding.</summary>
    public enum HeadKind
    {
        Tied,
        Own,
    }

    private readonly TinyCorpus _corpus = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("run-").FullName;

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(HeadKind.Tied)]
    [InlineData(HeadKind.Own)]
    public void Both_losses_fall_on_lines_that_repeat(HeadKind head)
    {
        using var trainer = TinyCorpus.NewTrainer(
            seed: 1, TinyCorpus.Config with { TieWordEmbeddings = head == HeadKind.Tied });
        var first = trainer.Evaluate(_corpus.Batcher.Next(1000));
        for (int step = 0; step < TinyCorpus.Options.Steps; step++)
        {
            trainer.Step(_corpus.Batcher.Next(step), step);
        }

        var last = trainer.Evaluate(_corpus.Batcher.Next(1000));
        Assert.True(last.NextToken < 0.6 * first.NextToken, $"{first} to {last}");
        Assert.True(last.Span < 0.8 * first.Span, $"{first} to {last}");
    }

    /// <summary>A run that was stopped and resumed ends with the weights of one that was not.</summary>
    [Fact]
    public void A_resumed_run_is_the_run_that_was_never_stopped()
    {
        using var whole = TinyCorpus.NewTrainer(seed: 1);
        Loop(Path.Combine(_folder, "whole"), whole, TinyCorpus.Options with { Steps = 12 }).Run(TestContext.Current.CancellationToken);

        string stopped = Path.Combine(_folder, "stopped");
        var options = TinyCorpus.Options with { Steps = 12 };
        using (var first = TinyCorpus.NewTrainer(seed: 1))
        {
            for (int step = 0; step < 7; step++)
            {
                first.Step(_corpus.Batcher.Next(step), step);
            }

            new TrainingRun(stopped).Save(first, 7);
        }

        using var second = TinyCorpus.NewTrainer(seed: 2);
        Loop(stopped, second, options).Run(TestContext.Current.CancellationToken);

        foreach (var ((name, expected), (_, actual)) in whole.Weights.Zip(second.Weights))
        {
            Assert.True(expected.allclose(actual, 1e-5, 1e-6), $"{name} differs");
        }
    }

    [Fact]
    public void A_checkpoint_that_was_not_finished_is_not_resumed()
    {
        using var trainer = TinyCorpus.NewTrainer(seed: 1);
        var run = new TrainingRun(_folder);
        run.Save(trainer, 5);
        Directory.CreateDirectory(Path.Combine(_folder, "step-000009.partial"));

        Assert.Equal(5, run.Restore(trainer));
    }

    [Fact]
    public void Only_the_last_two_checkpoints_are_kept()
    {
        using var trainer = TinyCorpus.NewTrainer(seed: 1);
        var run = new TrainingRun(_folder);
        foreach (int step in (int[])[5, 10, 15])
        {
            run.Save(trainer, step);
        }

        Assert.Equal([15, 10], run.Checkpoints().Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public void A_run_of_another_network_is_refused()
    {
        var run = new TrainingRun(_folder);
        using (var trainer = TinyCorpus.NewTrainer(seed: 1))
        {
            run.Save(trainer, 5);
        }

        var network = new Qwen2Network(TinyCorpus.Config with { HiddenSize = 64 }, new Placement(CPU, float32));
        network.Initialize();
        using var wider = new Trainer(network, TinyCorpus.Options, float32);

        var refused = Assert.Throws<InvalidDataException>(() => run.Restore(wider));
        Assert.Contains("another network", refused.Message, StringComparison.Ordinal);
    }

    private FitLoop Loop(string folder, Trainer trainer, FitOptions options)
    {
        Directory.CreateDirectory(folder);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });
        return new FitLoop(new TrainingRun(folder), options, trainer, _corpus.Batcher, _corpus.Batcher, console);
    }
}
