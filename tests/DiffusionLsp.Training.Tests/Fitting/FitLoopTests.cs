using DiffusionLsp.Engine;
using DiffusionLsp.Training.Fitting;
using Spectre.Console;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class FitLoopTests : IDisposable
{
    private static readonly FitOptions s_options = TinyCorpus.Options with { Steps = 12, CheckpointEvery = 4, ValidateEvery = 6 };

    private readonly TinyCorpus _corpus = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("run-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>However a run is stopped, it ends with the very bits of one that was not: weights, average, optimizer.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    public void A_cancelled_run_is_the_run_that_was_never_stopped(int steps)
    {
        using var cancel = new CancellationTokenSource();
        var time = new ScriptedTime { OnStep = step => Cancel(step, steps, cancel) };
        using (var first = TinyCorpus.NewState(seed: 1))
        {
            Loop("stopped", first, s_options, time).Run(cancel.Token);
            Assert.Equal(steps, first.Step);
        }

        AssertFinishesAsIfNeverStopped("stopped");
    }

    /// <summary>The disk fails at the n-th thing that it is asked for, and the process with it.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void A_run_that_crashed_while_saving_is_the_run_that_was_never_stopped(int call)
    {
        int left = call;
        var disk = new RunDisk();
        var crashing = new RunDisk
        {
            Write = (path, tensors) => disk.Write(path, left-- == 0 ? throw new CrashException() : tensors),
            Rename = (from, to) => disk.Rename(from, left-- == 0 ? throw new CrashException() : to),
        };
        using (var first = TinyCorpus.NewState(seed: 1))
        {
            Assert.Throws<CrashException>(
                () => Loop("stopped", first, s_options, disk: crashing).Run(TestContext.Current.CancellationToken));
        }

        Assert.Single(Directory.GetDirectories(Path.Combine(_folder, "stopped"), "*.partial"));
        AssertFinishesAsIfNeverStopped("stopped");
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder, "stopped"), "*.partial"));
    }

    [Fact]
    public void A_disk_that_is_full_for_a_while_costs_a_checkpoint_and_not_the_run()
    {
        int writes = 0;
        var disk = new RunDisk();
        var full = disk with
        {
            // The second file of the second checkpoint.
            Write = (path, tensors) => disk.Write(path, ++writes == 5 ? throw new IOException("No space left on device") : tensors),
        };
        using var state = TinyCorpus.NewState(seed: 1);
        Loop("run", state, s_options, disk: full).Run(TestContext.Current.CancellationToken);

        Assert.Equal(
            "no checkpoint after step 8, the next try is in 4 steps: No space left on device", _error.ToString().TrimEnd());
        Assert.Equal(
            ["step-000004", "step-000012"],
            Directory.GetDirectories(Path.Combine(_folder, "run")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_last_checkpoint_that_cannot_be_written_is_an_error()
    {
        var full = new RunDisk { FreeBytes = _ => 0 };
        using var state = TinyCorpus.NewState(seed: 1);
        var exception = Assert.Throws<EngineException>(
            () => Loop("run", state, s_options, disk: full).Run(TestContext.Current.CancellationToken));

        Assert.Contains("Make room", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder, "run")));
    }

    [Fact]
    public void Validation_measures_the_average_and_leaves_the_weights_as_they_were()
    {
        using var state = TinyCorpus.NewState(seed: 1);
        for (int step = 0; step < 5; step++)
        {
            state.Advance(_corpus.Batcher.Next(step), 1);
        }

        var batch = _corpus.Batcher.Next(0);
        var (weights, average) = (Bytes(state.Weights), Bytes(state.Average));
        var ofAverage = state.Evaluate([batch]);
        Assert.Equal(weights, Bytes(state.Weights));
        Assert.Equal(average, Bytes(state.Average));
        Assert.NotEqual(weights, average);

        using var averaged = TinyCorpus.NewTrainer(seed: 1);
        foreach (var ((_, value), (_, weight)) in state.Average.Zip(averaged.Weights))
        {
            value.bytes.CopyTo(weight.bytes);
        }

        Assert.Equal(averaged.Evaluate(batch), Assert.Single(ofAverage));
    }

    /// <summary>One step of 1, then 2/11 of what was there, then 3/12: while the average is young it keeps little.</summary>
    [Fact]
    public void A_young_average_forgets_its_beginning()
    {
        DiffusionLsp.Engine.TorchRuntime.EnsureLoaded();
        using var weight = TorchSharp.torch.zeros(1);
        using var average = new WeightAverage([("w", weight)], decay: 0.2);
        double[] expected = [0.9, 0.9 + (0.1 * 9 / 11), 0.9 + (0.1 * 9 / 11) + ((0.1 - (0.1 * 9 / 11)) * 0.8)];
        weight.fill_(1);
        for (int step = 0; step < expected.Length; step++)
        {
            average.Update(step);
            Assert.Equal(expected[step], average.Values[0].Value.item<float>(), 1e-6);
        }
    }

    /// <summary>Without care for what libtorch still reads this ends the process, not the test.</summary>
    [Fact]
    public void An_average_lives_with_a_busy_garbage_collector()
    {
        DiffusionLsp.Engine.TorchRuntime.EnsureLoaded();
        var weights = Enumerable.Range(0, 50).Select(number => ($"w{number}", TorchSharp.torch.ones(1000))).ToList();
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (int i = 0; i < 400; i++)
            {
                using var average = new WeightAverage(weights, 0.9);
                average.Update(i);
                Assert.Equal(i, average.InPlace(() => i));
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }

    [Fact]
    public void The_log_and_the_plot_tell_of_training_and_validation()
    {
        using var state = TinyCorpus.NewState(seed: 1);
        Loop("run", state, s_options).Run(TestContext.Current.CancellationToken);

        string folder = Path.Combine(_folder, "run");
        var log = new RunLog(folder).Read();
        Assert.Equal([6, 12], log.Where(entry => entry.HeldOutSpan > 0).Select(entry => entry.Step));
        Assert.Equal([12], log.Where(entry => entry.Span > 0).Select(entry => entry.Step));
        string plot = File.ReadAllText(Path.Combine(folder, "loss.svg"));
        Assert.All((string[])["<svg", "next-token, training", "span, held out", "step"], text => Assert.Contains(text, plot, StringComparison.Ordinal));
        Assert.Contains("step 12/12  next-token", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("step 6  held-out next-token", _output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Ten seconds a step, one minute: six steps, the rate falling over the share that would be 10 of 40.</summary>
    [Fact]
    public void A_run_of_minutes_ends_by_the_clock_also_when_it_was_stopped()
    {
        var options = TinyCorpus.Options with { Minutes = 1, CheckpointEvery = 2, WarmupSteps = 0 };
        var time = new ScriptedTime { StepSeconds = 10 };
        using var cancel = new CancellationTokenSource();
        time.OnStep = step => Cancel(step, 4, cancel);
        using (var first = TinyCorpus.NewState(seed: 1))
        {
            Loop("run", first, options, time).Run(cancel.Token);
        }

        using var second = TinyCorpus.NewState(seed: 1);
        Loop("run", second, options, new ScriptedTime { StepSeconds = 10 }).Run(TestContext.Current.CancellationToken);

        Assert.Equal(6, second.Step);
        Assert.Equal(60, second.Seconds, 1e-6);
        Assert.Equal(1, options.RateFactor(4, seconds: 40));
        Assert.Equal(2.0 / 3, options.RateFactor(5, seconds: 50), 1e-9);
        Assert.Equal(0, options.RateFactor(6, seconds: 61));
    }

    [Fact]
    public void Losses_that_are_no_numbers_end_the_run_before_they_are_saved()
    {
        using var state = TinyCorpus.NewState(seed: 1);
        state.Weights[0].Value.bytes.Fill(0xFF);
        var exception = Assert.Throws<DivergedException>(
            () => Loop("run", state, s_options).Run(TestContext.Current.CancellationToken));

        Assert.Contains("lower rates", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder, "run")));
    }

    private static void Cancel(int step, int last, CancellationTokenSource cancel)
    {
        if (step == last)
        {
            cancel.Cancel();
        }
    }

    private static byte[] Bytes(IEnumerable<(string Name, TorchSharp.torch.Tensor Value)> tensors) =>
        [.. tensors.SelectMany(entry => entry.Value.bytes.ToArray())];

    private void AssertFinishesAsIfNeverStopped(string name)
    {
        using var whole = TinyCorpus.NewState(seed: 1);
        Loop("whole", whole, s_options).Run(TestContext.Current.CancellationToken);

        // Where no checkpoint was left the weights are those of the seed; where there is one they come from it alone.
        string stopped = Path.Combine(_folder, name);
        using var second = TinyCorpus.NewState(seed: new TrainingRun(stopped).Checkpoints().Count == 0 ? 1 : 2);
        Loop(name, second, s_options).Run(TestContext.Current.CancellationToken);
        Assert.Equal(12, second.Step);
        foreach (var ((file, expected), (_, actual)) in whole.Files.Zip(second.Files))
        {
            Assert.True(Bytes(expected).AsSpan().SequenceEqual(Bytes(actual)), $"{file} differs");
        }
    }

    private FitLoop Loop(string name, RunState state, FitOptions options, TimeProvider? time = null, RunDisk? disk = null)
    {
        string folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(folder);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) });
        var run = new TrainingRun(folder) { Disk = disk ?? new RunDisk() };
        return new FitLoop(run, options, state, _corpus.Batcher, _corpus.Batcher, new FitDisplay(console, _error))
        {
            Time = time ?? TimeProvider.System,
        };
    }

    /// <summary>A crash, as far as one can be had without ending the process: nothing catches it.</summary>
    private sealed class CrashException : Exception;

    /// <summary>A clock that is read twice a step.</summary>
    private sealed class ScriptedTime : TimeProvider
    {
        private int _readings;

        public long StepSeconds { get; init; } = 1;

        /// <summary>Is told how many steps are done.</summary>
        public Action<int> OnStep { get; set; } = _ => { };

        public override long TimestampFrequency => 1;

        public override long GetTimestamp()
        {
            if (++_readings % 2 == 0)
            {
                OnStep(_readings / 2);
            }

            return _readings / 2 * StepSeconds;
        }
    }
}
