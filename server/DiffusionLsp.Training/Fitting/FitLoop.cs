using System.Globalization;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Training.Fitting;

/// <summary>Runs a training run to its end: batches, validation, log lines, the plot and checkpoints.</summary>
internal sealed class FitLoop(
    TrainingRun run, FitOptions options, RunState state, SpanBatcher training, SpanBatcher heldOut, FitDisplay display)
{
    private const int ReportEvery = 20;
    private const int ValidationBatches = 8;

    private readonly RunLog _log = new(run.Folder);
    private readonly LossWindow _window = new();
    private int _saved;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Continues after the newest checkpoint; a cancel saves one more and returns.</summary>
    public void Run(CancellationToken token)
    {
        run.Restore(state, display.Warn);
        _saved = state.Step;
        string end = options.Minutes is { } minutes ? $"{minutes} minutes" : $"{options.Steps} steps";
        display.Line(string.Create(
            CultureInfo.InvariantCulture, $"{(state.Step == 0 ? "new run" : $"resumed after step {state.Step}")}, {end}"));
        display.During(() => Train(token));
    }

    private void Train(CancellationToken token)
    {
        bool isValidated = _log.Read().Any(entry => entry.HeldOutSpan is not null && entry.Step == state.Step);
        while (ShareDone < 1 && !token.IsCancellationRequested)
        {
            Advance();
            if (state.Step % ReportEvery == 0)
            {
                Report();
            }

            isValidated = state.Step % options.ValidateEvery == 0;
            if (isValidated)
            {
                Validate();
            }

            if (state.Step % options.CheckpointEvery == 0)
            {
                Attempt($"checkpoint after step {state.Step}, the next try is in {options.CheckpointEvery} steps", Save);
            }
        }

        if (!token.IsCancellationRequested)
        {
            Report();
            if (!isValidated)
            {
                Validate();
            }
        }

        SaveLast();
    }

    private double ShareDone => options.ShareDone(state.Step, state.Seconds);

    private void Advance()
    {
        long began = Time.GetTimestamp();
        double factor = options.RateFactor(state.Step, state.Seconds);
        var losses = state.Advance(training.Next(state.Step), factor);
        var spent = Time.GetElapsedTime(began);
        state.Spend(spent);
        if (!double.IsFinite(losses.NextToken + losses.Span))
        {
            throw new DivergedException(
                $"{run.Folder}: the loss of step {state.Step} is no number; begin a new run with lower rates, --from an older checkpoint where there is one.");
        }

        _window.Add(losses, spent);
        display.Advance(ShareDone);
    }

    private void Report()
    {
        if (_window.Count == 0)
        {
            return;
        }

        double rate = _window.Count * (double)options.BatchSize * options.ContextLength / Math.Max(1e-9, _window.Seconds);
        double left = options.Minutes is { } minutes
            ? Math.Max(0, (60 * minutes) - state.Seconds)
            : (options.Steps - state.Step) * _window.Seconds / _window.Count;
        var mean = _window.Take();
        display.Report(new FitReport(
            state.Step, options.Minutes is null ? options.Steps : null, mean, rate, TimeSpan.FromSeconds(left)));
        Log(new LogEntry { Step = state.Step, NextToken = mean.NextToken, Span = mean.Span, TokensPerSecond = rate });
    }

    private void Validate()
    {
        var losses = state.Evaluate(Enumerable.Range(0, ValidationBatches).Select(batch => heldOut.Next(batch)));
        double next = losses.Average(each => each.NextToken);
        double span = losses.Average(each => each.Span);
        display.Line(string.Create(
            CultureInfo.InvariantCulture, $"step {state.Step}  held-out next-token {next:F3}  span {span:F3}"));
        Log(new LogEntry { Step = state.Step, HeldOutNextToken = next, HeldOutSpan = span });
        Attempt($"plot after step {state.Step}", () => LossPlot.Write(Path.Combine(run.Folder, "loss.svg"), _log.Read()));
    }

    private void SaveLast()
    {
        try
        {
            if (state.Step > _saved)
            {
                Save();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(
                $"no checkpoint after step {state.Step}, the last is of step {_saved}: {exception.Message.ReplaceLineEndings(" ")} Make room, and give the same command again.",
                exception);
        }
    }

    private void Save()
    {
        run.Save(state);
        _saved = state.Step;
    }

    private void Log(LogEntry entry) => Attempt($"line in the log for step {entry.Step}", () => _log.Append(entry));

    /// <summary>A disk that is full now may have room later: training goes on.</summary>
    private void Attempt(string what, Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            display.Warn($"no {what}: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>The losses and the time since they were last taken.</summary>
    private sealed class LossWindow
    {
        private double _next;
        private double _span;

        public int Count { get; private set; }

        public double Seconds { get; private set; }

        public void Add(Losses losses, TimeSpan spent)
        {
            (_next, _span) = (_next + losses.NextToken, _span + losses.Span);
            (Count, Seconds) = (Count + 1, Seconds + spent.TotalSeconds);
        }

        public Losses Take()
        {
            var mean = new Losses(_next / Count, _span / Count);
            (_next, _span, Count, Seconds) = (0, 0, 0, 0);
            return mean;
        }
    }
}

/// <summary>A run whose loss is no number any more.</summary>
internal sealed class DivergedException(string message) : EngineException(message);
