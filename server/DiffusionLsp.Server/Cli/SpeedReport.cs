using System.Globalization;
using System.Text.Json.Serialization;
using DiffusionLsp.Engine.Benchmarks;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// What <c>bench --all</c> measured, mostly as ratios within one run, since only these compare across machines. A figure is null
/// where what it takes was not there.
/// </summary>
internal sealed record SpeedReport
{
    /// <summary>The processor's instruction sets that matter.</summary>
    public required IReadOnlyList<string> Processor { get; init; }

    /// <summary>The type that the 0.5 B shape was computed in.</summary>
    public required string Dtype { get; init; }

    /// <summary>All layers of the 0.5 B shape over 512 tokens, over their bare matrix products.</summary>
    public required double ForwardOverGemms { get; init; }

    /// <summary>A step over 32 cached-for positions with their head, over its bare matrix products.</summary>
    public required double StepOverGemms { get; init; }

    /// <summary>The same step over the pass of 512 tokens.</summary>
    public required double StepOverForward { get; init; }

    /// <summary>A step over one position, over the time that reading the weights once takes.</summary>
    public required double TokenStepOverBandwidth { get; init; }

    /// <summary>The times behind the four.</summary>
    public required ShapeRates Shape { get; init; }

    /// <summary>Loading a checkpoint of a gigabyte over reading its file.</summary>
    public required double LoadOverRead { get; init; }

    /// <summary>The same where the weights stay in the file's type.</summary>
    public required double LoadOverReadAsStored { get; init; }

    /// <summary>The most memory of a process that steps over 1,024 tokens, over the bytes of its weights.</summary>
    public required double MemoryOverWeights { get; init; }

    /// <summary>The bytes of int8 weights and of the memory they are widened in, over those of bf16.</summary>
    [JsonPropertyName("int8_memory")]
    public required double Int8Memory { get; init; }

    /// <summary>How often the embedded model in int8 takes the same token.</summary>
    [JsonPropertyName("int8_agreement")]
    public required double Int8Agreement { get; init; }

    /// <summary>The time of a middle of 16 tokens in int8, over that of the type the machine computes in.</summary>
    [JsonPropertyName("int8_time")]
    public required double Int8Time { get; init; }

    /// <summary>Middles of 8, 32 and 128 tokens with the embedded model.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<int, MiddleTimes> Middles { get; init; } = new Dictionary<int, MiddleTimes>();

    /// <summary>How many times as fast as one token a pass: 8 tokens.</summary>
    [JsonPropertyName("speedup_8")]
    public double Speedup8 => Math.Round(Middles[8].Speedup, 2);

    /// <summary>32 tokens.</summary>
    [JsonPropertyName("speedup_32")]
    public double Speedup32 => Math.Round(Middles[32].Speedup, 2);

    /// <summary>128 tokens.</summary>
    [JsonPropertyName("speedup_128")]
    public double Speedup128 => Math.Round(Middles[128].Speedup, 2);

    /// <summary>8 tokens, the context cached.</summary>
    [JsonPropertyName("speedup_8_warm")]
    public double Speedup8Warm => Math.Round(Middles[8].WarmSpeedup, 2);

    /// <summary>32 tokens, the context cached.</summary>
    [JsonPropertyName("speedup_32_warm")]
    public double Speedup32Warm => Math.Round(Middles[32].WarmSpeedup, 2);

    /// <summary>128 tokens, the context cached.</summary>
    [JsonPropertyName("speedup_128_warm")]
    public double Speedup128Warm => Math.Round(Middles[128].WarmSpeedup, 2);

    /// <summary>The times behind them, by the number of tokens.</summary>
    public IReadOnlyDictionary<string, MiddleTimes> MiddleTimes =>
        Middles.ToDictionary(pair => pair.Key.ToString(CultureInfo.InvariantCulture), pair => pair.Value);

    /// <summary>Held-out gaps behind each of the next figures; 0 where no held-out text was named.</summary>
    public required int Spans { get; init; }

    /// <summary>The embedded model's tokens of the middle for each forward pass, to the end of a line.</summary>
    public required double? TokensPerForwardLine { get; init; }

    /// <summary>What that loses of the exact matches of one commit a step.</summary>
    public required double? LineRelativeLoss { get; init; }

    /// <summary>The same of whole lines, two to five.</summary>
    public required double? TokensPerForwardBlock { get; init; }

    /// <summary>What that loses of the exact matches of one commit a step.</summary>
    public required double? BlockRelativeLoss { get; init; }

    /// <summary>The figures as rows: what, the JSON's key, the value, and what is asked for.</summary>
    [JsonIgnore]
    public IReadOnlyList<SpeedRow> Rows =>
    [
        new($"512-token pass over its matrix products ({Dtype})", "forward_over_gemms", ForwardOverGemms, "≤ 1.25"),
        new("32-token step over its matrix products", "step_over_gemms", StepOverGemms, "≤ 1.3"),
        new("that step over the 512-token pass", "step_over_forward", StepOverForward, "≤ 0.11"),
        new("1-token step over reading the weights", "token_step_over_bandwidth", TokenStepOverBandwidth, "≤ 1.5"),
        new("tokens a pass, rest of line", "tokens_per_forward_line", TokensPerForwardLine, "≥ 3"),
        new("  exact matches lost", "line_relative_loss", LineRelativeLoss, "≤ 0.05"),
        new("tokens a pass, lines", "tokens_per_forward_block", TokensPerForwardBlock, "≥ 5"),
        new("  exact matches lost", "block_relative_loss", BlockRelativeLoss, "≤ 0.05"),
        new("8 tokens against one a pass", "speedup_8", Speedup8, "≥ 1.4"),
        new("32 tokens", "speedup_32", Speedup32, "≥ 2.4"),
        new("128 tokens", "speedup_128", Speedup128, "≥ 3.6"),
        new("8 tokens, context cached", "speedup_8_warm", Speedup8Warm, "≥ 2.5"),
        new("32 tokens, context cached", "speedup_32_warm", Speedup32Warm, "≥ 4"),
        new("128 tokens, context cached", "speedup_128_warm", Speedup128Warm, "≥ 4.5"),
        new("load of 1 GB over reading it", "load_over_read", LoadOverRead, "≤ 1.5"),
        new("  in the file's own type", "load_over_read_as_stored", LoadOverReadAsStored, "≤ 1.5"),
        new("peak memory over weights", "memory_over_weights", MemoryOverWeights, "≤ 1.35"),
        new("int8 memory over bf16's", "int8_memory", Int8Memory, "≤ 0.62"),
        new("int8 takes the same token", "int8_agreement", Int8Agreement, "≥ 0.99"),
        new($"int8 time over {Dtype}'s", "int8_time", Int8Time, "≤ 1.3"),
    ];

    /// <summary>The times of infills as rows: how many tokens, which way, and the milliseconds' median and 95th percentile.</summary>
    [JsonIgnore]
    public IReadOnlyList<string[]> TimeRows =>
    [
        .. Middles.OrderBy(pair => pair.Key).SelectMany(pair => ((string Way, Spread Times)[])
        [
            ("one token a pass", pair.Value.Careful),
            ("many tokens a pass", pair.Value.Fast),
            ("one token a pass, context cached", pair.Value.WarmCareful),
            ("many tokens a pass, context cached", pair.Value.WarmFast),
        ],
        (pair, each) => (string[])[$"{pair.Key}", each.Way, Milliseconds(each.Times.P50), Milliseconds(each.Times.P95)]),
    ];

    /// <summary>The times of infills as a table.</summary>
    public Table ToTimeTable()
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn(new TableColumn("tokens").RightAligned()).AddColumn("infill")
            .AddColumn(new TableColumn("p50 ms").RightAligned()).AddColumn(new TableColumn("p95 ms").RightAligned());
        foreach (string[] row in TimeRows)
        {
            table.AddRow(row);
        }

        return table;
    }

    /// <summary>The figures as a table.</summary>
    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn("measured").AddColumn("key").AddColumn(new TableColumn("value").RightAligned()).AddColumn("aim");
        foreach (var row in Rows)
        {
            table.AddRow(new Text(row.What), new Text(row.Key), new Text(row.Shown), new Text(row.Aim));
        }

        return table;
    }

    /// <summary>The report as two Markdown tables.</summary>
    public string ToMarkdown() => string.Concat(
        Rows.Select(row => $"| {row.What.Trim()} | `{row.Key}` | {row.Shown} | {row.Aim} |\n")
            .Prepend("| Measured | Key | Value | Aim |\n|---|---|---|---|\n")
            .Append("\n| Tokens | Infill | p50 ms | p95 ms |\n|---|---|---|---|\n")
            .Concat(TimeRows.Select(row => $"| {string.Join(" | ", row)} |\n")));

    private static string Milliseconds(double time) => time.ToString("0.#", CultureInfo.InvariantCulture);
}

/// <summary>A figure of the report.</summary>
/// <param name="What">What it is.</param>
/// <param name="Key">Its key in the JSON.</param>
/// <param name="Value">The figure; null where it was not measured.</param>
/// <param name="Aim">What it should be.</param>
internal sealed record SpeedRow(string What, string Key, double? Value, string Aim)
{
    /// <summary>The figure as it is shown.</summary>
    public string Shown => Value is { } known ? known.ToString("0.###", CultureInfo.InvariantCulture) : "not measured";
}
