using System.Globalization;
using System.Text.Json.Serialization;
using DiffusionLsp.Server.Evaluation;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// What <c>eval</c> found, one property a figure; the JSON's keys are these names in snake case. Shares are 0 to 1, and
/// null where they do not apply.
/// </summary>
internal sealed record EvalReport
{
    /// <summary>The suite.</summary>
    public required string Suite { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The number of gaps filled.</summary>
    public required int N { get; init; }

    /// <summary>How many middles are exactly the author's.</summary>
    public required double ExactMatch { get; init; }

    /// <summary>How many programs pass their test.</summary>
    [JsonPropertyName("pass_at_1")]
    public required double? PassAt1 { get; init; }

    /// <summary>How alike the middles are to the author's.</summary>
    public required double EditSimilarity { get; init; }

    /// <summary>The mean number of tokens that a forward pass yields.</summary>
    public required double TokensPerForward { get; init; }

    /// <summary>The mean time of an infill.</summary>
    public required double MsPerItem { get; init; }

    /// <summary>The seed with which cursors were drawn.</summary>
    public required int Seed { get; init; }

    /// <summary>The exact match of the earlier line that begins as this one.</summary>
    public required double CopiedLine { get; init; }

    /// <summary>The exact match of what followed the longest earlier agreement.</summary>
    public required double CopiedAgreement { get; init; }

    /// <summary>How many programs pass with what followed the longest earlier agreement.</summary>
    [JsonPropertyName("copied_line_pass_at_1")]
    public required double? CopiedLinePassAt1 { get; init; }

    /// <summary>Forward passes in all.</summary>
    public required int Forwards { get; init; }

    /// <summary>The language of the suite.</summary>
    public required string Language { get; init; }

    /// <summary>Rounds a score's figures.</summary>
    public static EvalReport Of(EvalSuite suite, EvalScore score, string model, int seed) => new()
    {
        Suite = suite.Name,
        Model = model,
        N = score.Count,
        ExactMatch = Math.Round(score.ExactMatch, 4),
        PassAt1 = Round(score.PassAt1),
        EditSimilarity = Math.Round(score.EditSimilarity, 4),
        TokensPerForward = Math.Round(score.TokensPerForward, 3),
        MsPerItem = Math.Round(score.MillisecondsPerItem, 1),
        Seed = seed,
        CopiedLine = Math.Round(score.CopiedLine, 4),
        CopiedAgreement = Math.Round(score.CopiedAgreement, 4),
        CopiedLinePassAt1 = Round(score.CopiedPassAt1),
        Forwards = score.Forwards,
        Language = suite.Language,
    };

    /// <summary>The report for people.</summary>
    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(N == 1 ? "1 gap" : $"{N} gaps");
        table.Title = new TableTitle(Markup.Escape($"{Suite} ({Language})"));
        foreach (string column in new[] { Model, "copied line", "copied agreement" })
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned());
        }

        Row("exact match", Percent(ExactMatch), Percent(CopiedLine), Percent(CopiedAgreement));
        if (PassAt1 is not null)
        {
            Row("pass@1", Percent(PassAt1), "", Percent(CopiedLinePassAt1));
        }

        Row("edit similarity", Percent(EditSimilarity));
        Row("tokens per forward pass", TokensPerForward.ToString("0.00", CultureInfo.InvariantCulture));
        Row("time per gap", string.Create(CultureInfo.InvariantCulture, $"{MsPerItem:0} ms"));
        return table;

        void Row(string name, params string[] values) => table.AddRow(
            [new Text(name), .. values.Select(value => new Text(value)), .. Enumerable.Repeat(new Text(""), 3 - values.Length)]);
    }

    private static double? Round(double? share) => share is { } value ? Math.Round(value, 4) : null;

    private static string Percent(double? share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}
