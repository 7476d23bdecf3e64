using System.Globalization;
using System.Text;
using System.Text.Json;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Fitting;
using Spectre.Console;

namespace DiffusionLsp.Training.Ablation;

/// <summary>The rows of an ablation as a table for a terminal, for a page and for a program.</summary>
internal sealed class AblationTable(IReadOnlyList<AblationRow> rows)
{
    private const int WidthOfFiles = 160;

    private static readonly (string Title, Func<AblationRow, string> Text)[] s_columns =
    [
        ("run", row => row.Name),
        ("parameters", row => Number(row.Parameters, "N0")),
        ("steps", row => Number(row.Steps, "N0")),
        ("tokens", row => Number(row.Tokens, "N0")),
        ("tokens/s", row => Number(row.TokensPerSecond, "N0")),
        ("seconds", row => Number(row.Seconds, "F1")),
        ("train next", row => Number(row.NextToken, "F3")),
        ("train span", row => Number(row.Span, "F3")),
        ("held-out next", row => Number(row.HeldOutNextToken, "F3")),
        ("held-out span", row => row.Failure ?? Number(row.HeldOutSpan, "F3")),
    ];

    /// <summary>Prints the table.</summary>
    public void Print(IAnsiConsole console)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var (title, _) in s_columns)
        {
            table.AddColumn(new TableColumn(title) { Alignment = title == "run" ? Justify.Left : Justify.Right });
        }

        foreach (var row in rows)
        {
            table.AddRow([.. s_columns.Select(column => column.Text(row).EscapeMarkup())]);
        }

        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = WidthOfFiles;
        }

        console.Write(table);
    }

    /// <summary>Writes ablation.md and ablation.json, each whole or not at all.</summary>
    public void Write(string folder)
    {
        Write(folder, "ablation.md", Markdown());
        Write(folder, "ablation.json", JsonSerializer.Serialize(rows, FitOptions.Json) + "\n");
    }

    private static void Write(string folder, string name, string text) =>
        AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static string Number(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private string Markdown()
    {
        var lines = rows.Select(row => s_columns.Select(column => column.Text(row)))
            .Prepend(s_columns.Select(column => column.Title == "run" ? "---" : "---:"))
            .Prepend(s_columns.Select(column => column.Title))
            .Select(cells => $"| {string.Join(" | ", cells)} |\n");
        return string.Concat(lines);
    }
}
