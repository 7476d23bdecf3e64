using System.Globalization;
using DiffusionLsp.Server.Evaluation;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>The comparison of rules for commits, for people.</summary>
internal static class CommitCurveTable
{
    /// <summary>A row for each rule.</summary>
    public static Table Of(EvalSuite suite, IReadOnlyList<CommitCurveRow> rows)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn("rule")
            .AddColumn(Right("tokens a pass"))
            .AddColumn(Right("exact"))
            .AddColumn(Right("lost, won"))
            .AddColumn(Right("relative loss"))
            .AddColumn(Right("ms"));
        table.Title = new TableTitle(Markup.Escape($"{suite.Name}, {suite.Language}, {rows[0].N} gaps"));
        foreach (var row in rows)
        {
            table.AddRow(
                new Text(row.Rule), Number($"{row.TokensPerForward:0.00}"), Number($"{100 * row.ExactMatch:0.0} %"),
                Number($"{row.Lost}, {row.Won}"), Number($"{100 * row.RelativeLoss:0.0} %"), Number($"{row.MsPerItem:0}"));
        }

        return table;
    }

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();

    private static Text Number(FormattableString number) => new(number.ToString(CultureInfo.InvariantCulture));
}
