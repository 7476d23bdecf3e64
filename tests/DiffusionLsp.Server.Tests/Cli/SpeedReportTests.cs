using System.Text.Json;
using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server.Tests.Cli;

public sealed class SpeedReportTests
{
    private static readonly int[] s_lengths = [8, 32, 128];

    private static SpeedReport Report => new()
    {
        Processor = ["avx2"],
        Dtype = "fp32",
        Shape = new ShapeRates
        {
            Dtype = "fp32", ForwardMs = 2400, ForwardGemmsMs = 2000, StepMs = 240, StepGemmsMs = 200, TokenStepMs = 180,
            BandwidthGbPerSecond = 20, TokenFloorMs = 100,
        },
        ForwardOverGemms = 1.2,
        StepOverGemms = 1.2,
        StepOverForward = 0.1,
        TokenStepOverBandwidth = 1.8,
        LoadOverRead = 2,
        LoadOverReadAsStored = 1.2,
        MemoryOverWeights = 1.3,
        Int8Memory = 0.51,
        Int8Agreement = 0.999,
        Int8Time = 0.9,
        Middles = s_lengths.ToDictionary(
            tokens => tokens,
            tokens => new MiddleTimes(
                Of(tokens * 10), Of(tokens * 5), Of(tokens * 8), Of(tokens * 2), TokensPerForward: 4)),
        Spans = 0,
        TokensPerForwardLine = null,
        LineRelativeLoss = null,
        TokensPerForwardBlock = null,
        BlockRelativeLoss = null,
    };

    private static Spread Of(double mean) => new(mean, mean + 1, mean + 2);

    /// <summary>Each row's key is one of the JSON, with the row's figure.</summary>
    [Fact]
    public void The_json_has_every_figure_of_the_table_under_its_key()
    {
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(Report, CliJson.Readable.SpeedReport));

        Assert.All(Report.Rows, row =>
        {
            var value = json.RootElement.GetProperty(row.Key);
            Assert.Equal(row.Value, value.ValueKind == JsonValueKind.Null ? null : value.GetDouble());
        });
        Assert.Equal(4, json.RootElement.GetProperty("speedup_8_warm").GetDouble());
        Assert.Equal(80, json.RootElement.GetProperty("middle_times").GetProperty("8").GetProperty("careful").GetProperty("mean").GetDouble());
    }

    [Fact]
    public void The_markdown_has_a_line_for_each_figure_and_says_what_was_not_measured()
    {
        string[] lines = Report.ToMarkdown().TrimEnd().Split('\n');

        Assert.Equal(Report.Rows.Count + Report.TimeRows.Count + 5, lines.Length);
        Assert.Equal(4 * s_lengths.Length, Report.TimeRows.Count);
        Assert.Contains("| 8 | many tokens a pass, context cached | 17 | 18 |", lines);
        Assert.Contains("| 8 tokens against one a pass | `speedup_8` | 2 | ≥ 1.4 |", lines);
        Assert.Contains("| tokens a pass, rest of line | `tokens_per_forward_line` | not measured | ≥ 3 |", lines);
    }

    [Fact]
    public void The_plot_is_a_picture_of_all_four_lines()
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.svg");
        try
        {
            SpeedPlot.Write(file, Report);

            string picture = File.ReadAllText(file);
            Assert.StartsWith("<?xml", picture, StringComparison.Ordinal);
            Assert.Contains("many tokens a pass, context cached", picture, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_plot_that_cannot_be_written_is_an_error() =>
        Assert.Throws<BadInputException>(() => SpeedPlot.Write(Path.Combine(Path.GetTempPath(), "no", "such", "folder", "p.svg"), Report));
}
