using DiffusionLsp.Engine.Benchmarks;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace DiffusionLsp.Server.Cli;

/// <summary>The time of a middle over its length, as an SVG picture: a token a pass and as the product does it.</summary>
internal static class SpeedPlot
{
    private const double Width = 800;
    private const double Height = 450;

    /// <summary>Draws the picture, over an older one of that name.</summary>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public static void Write(string path, SpeedReport report)
    {
        var model = new PlotModel { Background = OxyColors.White };
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.LeftTop, LegendBackground = OxyColors.White });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "tokens of the middle", Minimum = 0 });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left, Title = "milliseconds", Minimum = 0, MajorGridlineStyle = LineStyle.Dot,
        });
        Add("one token a pass", OxyColor.FromRgb(0xd6, 0x27, 0x28), LineStyle.Solid, times => times.Careful.P50);
        Add("one token a pass, context cached", OxyColor.FromRgb(0xd6, 0x27, 0x28), LineStyle.Dash, times => times.WarmCareful.P50);
        Add("many tokens a pass", OxyColor.FromRgb(0x1f, 0x77, 0xb4), LineStyle.Solid, times => times.Fast.P50);
        Add("many tokens a pass, context cached", OxyColor.FromRgb(0x1f, 0x77, 0xb4), LineStyle.Dash, times => times.WarmFast.P50);
        try
        {
            using var file = File.Create(path);
            new SvgExporter { Width = Width, Height = Height }.Export(model, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be written: {e.Message}");
        }

        void Add(string title, OxyColor color, LineStyle style, Func<MiddleTimes, double> milliseconds)
        {
            var series = new LineSeries { Title = title, Color = color, LineStyle = style, MarkerType = MarkerType.Circle };
            series.Points.AddRange(report.Middles.OrderBy(pair => pair.Key)
                .Select(pair => new DataPoint(pair.Key, milliseconds(pair.Value))));
            model.Series.Add(series);
        }
    }
}
