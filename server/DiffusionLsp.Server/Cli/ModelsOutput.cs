using System.Globalization;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.Protocol;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>Lists of models and what is known of one, for people.</summary>
internal static class ModelsOutput
{
    /// <summary>Writes one line a model.</summary>
    public static void WriteList(IAnsiConsole output, ModelReport report)
    {
        List<string[]> rows =
        [
            ["NAME", "STATE", "SIZE", "LICENCE", "NEEDS", "HERE"],
            .. report.Models.Select(model => new[]
            {
                model.Name,
                WordOf(model.State),
                SizeOf(model.Bytes),
                model.Licence ?? "unknown",
                SizeOf(model.NeededBytes),
                VerdictOf(model),
            }),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            string line = string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])));
            output.WriteRaw(line.TrimEnd().ToDisplayText() + "\n");
        }

        output.WriteRaw($"\nMemory: {MemoryOf(report)}. Models are installed in {report.Folder.ToDisplayText()}.\n");
    }

    /// <summary>Writes one line a fact.</summary>
    public static void WriteInfo(IAnsiConsole output, ModelEntry model, ModelReport report)
    {
        (string, string?)[] facts =
        [
            ("name", model.Name),
            ("state", WordOf(model.State)),
            ("folder", model.Folder),
            ("repository", model.Repository),
            ("revision", model.Revision),
            ("type", model.ModelType),
            ("licence", model.Licence ?? "unknown"),
            ("parameters", model.Parameters is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.0} M") : null),
            ("size", model.Bytes is null ? null : SizeOf(model.Bytes)),
            ("memory", model.NeededBytes is null ? null : $"{SizeOf(model.NeededBytes)} needed; {MemoryOf(report)}"),
            ("here", VerdictOf(model)),
            ("note", model.Note),
        ];
        foreach (var (name, value) in facts.Where(fact => fact.Item2 is not null))
        {
            output.WriteRaw($"{name,-11} {value!.ToDisplayText()}\n");
        }
    }

    private static string MemoryOf(ModelReport report) =>
        $"{Sizes.Of(report.AvailableMemoryBytes)} of {Sizes.Of(report.TotalMemoryBytes)} free";

    private static string SizeOf(long? bytes) => bytes is { } known ? Sizes.Of(known) : "unknown";

    private static string WordOf(ModelState state) => state switch
    {
        ModelState.Embedded => "embedded",
        ModelState.Installed => "installed",
        ModelState.Damaged => "damaged",
        _ => "known",
    };

    private static string VerdictOf(ModelEntry model) => (model.State, model.Support, model.Fit) switch
    {
        (ModelState.Damaged, _, _) => "cannot be used: see `models info`",
        (_, ModelSupport.Unsupported, _) => "not supported yet",
        (_, _, ModelFit.Fits) => "fits",
        (_, _, ModelFit.FitsWhenFree) => "fits when other programs give memory back",
        (_, _, ModelFit.TooLarge) => "needs more memory than there is",
        _ => "unknown",
    };
}
