using System.Globalization;
using Spectre.Console;

namespace DiffusionLsp.Training.Fitting;

/// <summary>What a run shows while it runs: a bar on a terminal, plain lines elsewhere.</summary>
/// <param name="console">Where progress goes.</param>
/// <param name="error">Where warnings go, unless the bar is on the screen.</param>
internal sealed class FitDisplay(IAnsiConsole console, TextWriter error)
{
    private ProgressTask? _bar;

    /// <summary>Says something that stays.</summary>
    public void Line(string text) => console.WriteLine(text);

    /// <summary>Says that something went wrong, and that the run goes on.</summary>
    public void Warn(string text)
    {
        if (_bar is null)
        {
            error.WriteLine(text);
        }
        else
        {
            console.MarkupLineInterpolated($"[yellow]{text}[/]");
        }
    }

    /// <summary>Does the work, with the bar on the screen where there is one.</summary>
    public void During(Action work)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            work();
            return;
        }

        console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                _bar = context.AddTask("first steps", maxValue: 1);
                try
                {
                    work();
                }
                finally
                {
                    _bar = null;
                }
            });
    }

    /// <summary>Moves the bar.</summary>
    /// <param name="share">How much of the run is done, from 0 to 1.</param>
    public void Advance(double share) => _bar?.Value(share);

    /// <summary>Shows how the training goes.</summary>
    public void Report(FitReport report)
    {
        string text = report.ToString();
        if (_bar is null)
        {
            Line(text);
        }
        else
        {
            _bar.Description = text.EscapeMarkup();
        }
    }
}

/// <summary>The last steps in numbers.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all; null where the clock ends the run.</param>
/// <param name="Mean">Their mean losses.</param>
/// <param name="TokensPerSecond">Tokens of context a second.</param>
/// <param name="Left">The time to the end.</param>
internal sealed record FitReport(int Step, int? Steps, Losses Mean, double TokensPerSecond, TimeSpan Left)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"step {Step}{(Steps is { } all ? $"/{all}" : "")}  next-token {Mean.NextToken:F3}  span {Mean.Span:F3}  {TokensPerSecond:F0} tokens/s  left {Math.Floor(Left.TotalHours):00}:{Left.Minutes:00}");
}
