using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// What came of an infill, for each reader: a JSON object for programs, the bare middle on a pipe, the middle in its
/// surroundings for people.
/// </summary>
internal sealed class InfillOutput(Terminal terminal, ContextWindow window, InfillResult result, ModelDescription model)
{
    private const int LinesAround = 4;

    private static readonly Style s_infill = new(Color.Green, decoration: Decoration.Bold);
    private static readonly Style s_around = new(decoration: Decoration.Dim);

    /// <summary>One object on one line.</summary>
    public void WriteJson()
    {
        var infill = new InfillJson(
            result.Middle,
            JsonNamingPolicy.SnakeCaseLower.ConvertName(result.Outcome.ToString()),
            result.Steps,
            result.Forwards,
            result.Tokens,
            Math.Round(result.TokensPerForward, 3),
            Math.Round(result.Milliseconds, 1),
            model.Name,
            model.Device,
            result.Seed);
        terminal.Output.WriteRaw(JsonSerializer.Serialize(infill, CliJson.Readable.InfillJson) + "\n");
    }

    /// <summary>The middle alone on a pipe; on a terminal the middle where it belongs, and what it cost.</summary>
    public void WriteText()
    {
        if (result.Outcome == InfillOutcome.Empty)
        {
            terminal.Error.WriteRaw($"{model.Name} has nothing to suggest here.{Environment.NewLine}");
        }
        else if (terminal.Output.IsLive())
        {
            WriteRegion();
        }
        else
        {
            terminal.Output.WriteRaw(result.Middle);
        }
    }

    private void WriteRegion()
    {
        var region = new Paragraph { Overflow = Overflow.Fold }
            .Append(LastLines(window.Prefix).ToDisplayText(), s_around)
            .Append(result.Middle.ToDisplayText(), s_infill)
            .Append(FirstLines(window.Suffix).ToDisplayText(), s_around);
        terminal.Output.Write(region);
        terminal.Output.WriteLine();
        terminal.Output.WriteLine();
        terminal.Output.WriteLine(
            $"{model.Name} on {model.Device}: {result.Tokens} tokens in {result.Forwards} forward passes, {result.Milliseconds:0} ms",
            s_around);
    }

    private static string LastLines(string prefix)
    {
        string[] lines = prefix.Split('\n');
        return string.Join('\n', lines[^Math.Min(lines.Length, LinesAround + 1)..]);
    }

    private static string FirstLines(string suffix)
    {
        string[] lines = suffix.Split('\n');
        return string.Join('\n', lines[..Math.Min(lines.Length, LinesAround + 1)]).TrimEnd('\n');
    }
}

/// <summary>The object that <c>infill --json</c> prints.</summary>
internal sealed record InfillJson(
    string Middle,
    string Outcome,
    int Steps,
    int Forwards,
    int Tokens,
    double TokensPerForward,
    double Ms,
    string Model,
    string Device,
    long Seed);
