using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>What <c>bench</c> measured, one property a figure; the JSON's keys are these names in snake case.</summary>
internal sealed record BenchReport
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Where it ran.</summary>
    public required string Device { get; init; }

    /// <summary>The weights' type.</summary>
    public required string Dtype { get; init; }

    /// <summary>The number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The machine's matrix product in fp32.</summary>
    public required double GemmFp32Gflops { get; init; }

    /// <summary>The machine's matrix product in the model's dtype.</summary>
    public required double GemmGflops { get; init; }

    /// <summary>The canvas of the measured forward pass.</summary>
    public required int ForwardTokens { get; init; }

    /// <summary>The time of one forward pass.</summary>
    public required double ForwardMs { get; init; }

    /// <summary>The rate of its matrix products.</summary>
    public required double ForwardGflops { get; init; }

    /// <summary>How much of the machine's own rate that is.</summary>
    public double ForwardPercentOfGemm => Math.Round(100 * ForwardGflops / GemmGflops, 1);

    /// <summary>The number of gaps filled.</summary>
    public required int Infills { get; init; }

    /// <summary>The mean time of a denoising step.</summary>
    public required double StepMs { get; init; }

    /// <summary>The mean number of tokens that a forward pass yields.</summary>
    public required double TokensPerForward { get; init; }

    /// <summary>The median time from a request to its infill, the model loaded.</summary>
    public required double SuggestionMs { get; init; }

    /// <summary>The life of a process that loads libtorch and multiplies two matrices.</summary>
    public required double ColdMatmulMs { get; init; }

    /// <summary>The life of a process that loads the model and fills one gap.</summary>
    public required double ColdInfillMs { get; init; }

    /// <summary>How many times as long the infill takes.</summary>
    public double ColdRatio => Math.Round(ColdInfillMs / ColdMatmulMs, 2);

    /// <summary>The most memory that the process with the infill held.</summary>
    public required double PeakMemoryMib { get; init; }

    /// <summary>The report for people.</summary>
    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("measured").AddColumn(new TableColumn("value").RightAligned());
        table.Title = new TableTitle(Markup.Escape($"{Model} on {Device} in {Dtype}, {Parameters / 1e6:0.0} M parameters"));
        Row("matrix product, fp32", $"{GemmFp32Gflops:0} GFLOP/s");
        if (Dtype != "fp32")
        {
            Row($"matrix product, {Dtype}", $"{GemmGflops:0} GFLOP/s");
        }

        Row($"forward pass, {ForwardTokens} tokens", $"{ForwardMs:0.0} ms");
        Row("  of it, matrix products", $"{ForwardGflops:0} GFLOP/s, {ForwardPercentOfGemm:0} % of the machine");
        Row("denoising step", $"{StepMs:0.0} ms");
        Row("tokens per forward pass", $"{TokensPerForward:0.00}");
        Row($"time to suggestion, median of {Infills}", $"{SuggestionMs:0} ms");
        Row("cold: libtorch and two matrices", $"{ColdMatmulMs:0} ms");
        Row("cold: model and first infill", $"{ColdInfillMs:0} ms, {ColdRatio:0.00} times that");
        Row("peak memory", $"{PeakMemoryMib:0} MiB");
        return table;

        void Row(string name, string value) => table.AddRow(new Text(name), new Text(value));
    }
}
