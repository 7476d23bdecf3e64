using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp doctor</c>: says what is there, what is wrong and what to do about it. It changes nothing.
/// </summary>
internal sealed class DoctorCommand : Command
{
    private readonly Terminal _terminal;
    private readonly Func<DoctorReport> _examine;
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="examine">Looks at this machine.</param>
    public DoctorCommand(Terminal terminal, Func<DoctorReport> examine)
        : base("doctor", "Check the runtime, the devices and the models, and say what to do about each problem.")
    {
        _terminal = terminal;
        _examine = examine;
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var report = _examine();
        if (parsed.GetValue(_json))
        {
            _terminal.Output.WriteRaw(JsonSerializer.Serialize(report, CliJson.Readable.DoctorReport) + "\n");
        }
        else
        {
            Write(report);
        }

        return report.Usable ? 0 : CommandLine.Failed;
    }

    private void Write(DoctorReport report)
    {
        int subjects = report.Findings.Max(finding => finding.Subject.Length);
        foreach (var finding in report.Findings)
        {
            _terminal.Output.Write(new Text($"{Word(finding.Severity),-8} ", StyleOf(finding.Severity)));
            _terminal.Output.WriteRaw($"{finding.Subject.PadRight(subjects)}  {finding.Text.ToDisplayText()}\n");
        }

        int problems = report.Findings.Count(finding => finding.Severity == Severity.Problem);
        string verdict = (report.Usable, problems) switch
        {
            (true, 0) => "All is well.",
            (true, _) => $"Usable, with {Count(problems)}.",
            _ => $"Not usable: {Count(problems)} to solve first.",
        };
        _terminal.Output.WriteRaw(verdict + "\n");
    }

    private static string Count(int problems) => problems == 1 ? "1 problem" : $"{problems} problems";

    private static string Word(Severity severity) => severity switch
    {
        Severity.Ok => "ok",
        Severity.Note => "note",
        _ => "problem",
    };

    private static Style StyleOf(Severity severity) => severity switch
    {
        Severity.Ok => new Style(Color.Green),
        Severity.Note => new Style(decoration: Decoration.Dim),
        _ => new Style(Color.Red, decoration: Decoration.Bold),
    };
}
