using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace DiffusionLsp.Training.Fitting;

/// <summary>Runs a training run to its last step: batches, validation, log lines and checkpoints.</summary>
internal sealed class FitLoop(
    TrainingRun run, FitOptions options, Trainer trainer, SpanBatcher training, SpanBatcher heldOut, IAnsiConsole console)
{
    private const int ReportEvery = 20;
    private const int ValidationBatches = 8;

    /// <summary>Continues after the newest checkpoint; a cancel saves one more and returns.</summary>
    public void Run(CancellationToken token)
    {
        int step = run.Restore(trainer);
        int saved = step;
        console.MarkupLineInterpolated($"[dim]{(step == 0 ? "new run" : $"resumed after step {step}")}, {options.Steps} steps[/]");
        var clock = Stopwatch.StartNew();
        var window = new LossWindow();
        while (step < options.Steps && !token.IsCancellationRequested)
        {
            window.Add(trainer.Step(training.Next(step), step));
            step++;
            if (step % ReportEvery == 0)
            {
                Report(step, window, clock);
            }

            if (step % options.ValidateEvery == 0)
            {
                Validate(step);
                clock.Restart();
            }

            if (step % options.CheckpointEvery == 0)
            {
                run.Save(trainer, saved = step);
            }
        }

        if (step > saved)
        {
            run.Save(trainer, step);
        }
    }

    private void Report(int step, LossWindow window, Stopwatch clock)
    {
        var mean = window.Take();
        double contextTokens = (double)ReportEvery * options.BatchSize * options.ContextLength;
        double rate = contextTokens / clock.Elapsed.TotalSeconds;
        clock.Restart();
        var left = TimeSpan.FromSeconds((options.Steps - step) * options.BatchSize * (double)options.ContextLength / rate);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"step {step}/{options.Steps}  next-token {mean.NextToken:F3}  span {mean.Span:F3}  {rate:F0} tokens/s  left {left:hh\\:mm}"));
        run.Log(new { step, next_token = mean.NextToken, span = mean.Span, tokens_per_second = rate });
    }

    private void Validate(int step)
    {
        var window = new LossWindow();
        for (int batch = 0; batch < ValidationBatches; batch++)
        {
            window.Add(trainer.Evaluate(heldOut.Next(batch)));
        }

        var mean = window.Take();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"step {step}  held-out next-token {mean.NextToken:F3}  span {mean.Span:F3}"));
        run.Log(new { step, heldout_next_token = mean.NextToken, heldout_span = mean.Span });
    }

    /// <summary>The mean of the losses since it was last asked.</summary>
    private sealed class LossWindow
    {
        private double _next;
        private double _span;
        private int _count;

        public void Add(Losses losses)
        {
            (_next, _span) = (_next + losses.NextToken, _span + losses.Span);
            _count++;
        }

        public Losses Take()
        {
            var mean = new Losses(_next / _count, _span / _count);
            (_next, _span, _count) = (0, 0, 0);
            return mean;
        }
    }
}
