using DiffusionLsp.Engine.Checkpoints;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace DiffusionLsp.Training.Fitting;

/// <summary>The losses of a run over its steps, as an SVG picture: training in thin lines, held-out text in thick ones.</summary>
internal static class LossPlot
{
    private const double Width = 900;
    private const double Height = 500;

    private static readonly OxyColor s_next = OxyColor.FromRgb(0x1f, 0x77, 0xb4);
    private static readonly OxyColor s_span = OxyColor.FromRgb(0xd6, 0x27, 0x28);

    /// <summary>Draws the log, over an older picture of that name.</summary>
    public static void Write(string path, IReadOnlyList<LogEntry> log)
    {
        var model = new PlotModel { Background = OxyColors.White };
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendBackground = OxyColors.White });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "step", Minimum = 0 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "nats a token", MajorGridlineStyle = LineStyle.Dot });
        Add(model, "next-token, training", s_next, 1, log.Select(entry => (entry.Step, entry.NextToken)));
        Add(model, "span, training", s_span, 1, log.Select(entry => (entry.Step, entry.Span)));
        Add(model, "next-token, held out", s_next, 3, log.Select(entry => (entry.Step, entry.HeldOutNextToken)));
        Add(model, "span, held out", s_span, 3, log.Select(entry => (entry.Step, entry.HeldOutSpan)));
        AtomicFile.Write(path, stream => new SvgExporter { Width = Width, Height = Height }.Export(model, stream));
    }

    private static void Add(PlotModel model, string title, OxyColor color, double thickness, IEnumerable<(int Step, double? Loss)> losses)
    {
        var series = new LineSeries { Title = title, Color = color, StrokeThickness = thickness };
        if (thickness > 1)
        {
            (series.MarkerType, series.MarkerSize, series.MarkerFill) = (MarkerType.Circle, thickness, color);
        }

        series.Points.AddRange(losses.Where(point => point.Loss.HasValue).Select(point => new DataPoint(point.Step, point.Loss!.Value)));
        model.Series.Add(series);
    }
}
