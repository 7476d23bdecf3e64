using System.CommandLine;
using System.Globalization;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Evaluation;
using Spectre.Console;

namespace DiffusionLsp.Training.Cli;

/// <summary>
/// <c>diffusionlsp-train evaluate</c>: exact match of the rest of a line on held-out packages, beside copying the
/// best-matching earlier line.
/// </summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> s_model = new("model") { Description = "Name or folder of the checkpoint." };
    private static readonly Argument<DirectoryInfo> s_heldOut = new("heldout") { Description = "Folder of held-out text." };
    private static readonly Option<string> s_pattern = new("--files") { Description = "Which files.", DefaultValueFactory = _ => "*.py" };
    private static readonly Option<int> s_limit = new("--limit") { Description = "Cursors to try.", DefaultValueFactory = _ => 300 };
    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed of the cursors.", DefaultValueFactory = _ => 1 };
    private static readonly Option<double?> s_threshold = new("--threshold") { Description = "Confidence threshold; default the model's." };
    private static readonly Option<double?> s_draft = new("--draft-log-odds") { Description = "Belief in copied drafts; 0 leaves the model alone; default the model's." };
    private static readonly Option<bool> s_noSuffix = new("--without-suffix") { Description = "Hide the text after the cursor from the model." };
    private static readonly Option<int> s_show = new("--show") { Description = "Print this many cursors with both answers.", DefaultValueFactory = _ => 0 };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("evaluate", "Exact match of the rest of a line on held-out packages.")
        {
            s_model, s_heldOut, s_pattern, s_limit, s_seed, s_threshold, s_draft, s_noSuffix, s_show,
        };
        command.SetAction((result, token) => Task.FromResult(Evaluate(result, token)));
        return command;
    }

    private static int Evaluate(ParseResult result, CancellationToken token)
    {
        using var infiller = DiffusionInfiller.Load(new InfillerOptions
        {
            ModelFolder = ModelFolder.Resolve(result.GetRequiredValue(s_model)),
        });
        var items = RestOfLineItem.Draw(
            result.GetRequiredValue(s_heldOut).FullName, result.GetRequiredValue(s_pattern),
            result.GetValue(s_limit), result.GetValue(s_seed));
        var score = new RestOfLineScore();
        foreach (var item in items)
        {
            var infill = infiller.Infill(
                new InfillRequest
                {
                    Prefix = item.Prefix,
                    Suffix = result.GetValue(s_noSuffix) ? "" : item.Suffix,
                    ConfidenceThreshold = result.GetValue(s_threshold),
                    DraftLogOdds = result.GetValue(s_draft),
                },
                onStep: null, token);
            if (score.Count < result.GetValue(s_show))
            {
                string typed = item.Prefix[(item.Prefix.LastIndexOf('\n') + 1)..];
                AnsiConsole.WriteLine($"{typed}│{item.Rest}\n  model: {infill.Middle}\n  copy:  {LineCopy.ByAgreement(item.Prefix)}");
            }

            score.Add(item, infill);
        }

        AnsiConsole.WriteLine(score.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
