using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using DiffusionLsp.Engine;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// The root of the command line. It turns every failure into one line on the error stream and an exit code; what a
/// command does is its own business.
/// </summary>
internal sealed class CommandLine
{
    /// <summary>The exit code of a failure that is ours.</summary>
    public const int Failed = 1;

    /// <summary>The exit code of input that cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>The exit code after Ctrl-C, as shells have it.</summary>
    public const int Interrupted = 130;

    private const string ErrorMark = "error: ";

    private readonly Terminal _terminal;
    private readonly RootCommand _root;
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Show the trace of an error.", Recursive = true };

    /// <summary>Makes the command line of the given commands.</summary>
    public CommandLine(Terminal terminal, params IEnumerable<Command> commands)
    {
        _terminal = terminal;
        _root = new RootCommand("Fills gaps in code with a masked diffusion model, on this machine.") { _verbose };
        foreach (var command in commands)
        {
            _root.Add(command);
        }
    }

    /// <summary>Runs one command.</summary>
    /// <returns>The process's exit code.</returns>
    public async Task<int> RunAsync(string[] arguments)
    {
        // A file may be called @x: arguments are never read from a response file.
        var parsed = _root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            string mistake = parsed.UnmatchedTokens is [var token, ..]
                ? $"'{token}' is no command or option here"
                : parsed.Errors[0].Message.TrimEnd('.');
            Report($"{mistake}. See '{HelpOf(parsed)}'.");
            return BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false })
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Report("Interrupted.");
            return Interrupted;
        }
#pragma warning disable CA1031 // The last stop before the user, who gets a line instead of a crash.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Explain(e, parsed.GetValue(_verbose) ? Detail.Trace : Detail.OneLine);
        }
    }

    /// <summary>The message in what another process of ours wrote to its error stream.</summary>
    public static string MessageOf(string errorOutput)
    {
        string line = errorOutput.Trim();
        return line.StartsWith(ErrorMark, StringComparison.Ordinal) ? line[ErrorMark.Length..] : line;
    }

    private int Explain(Exception e, Detail detail)
    {
        bool expected = e is BadInputException or EngineException;
        Report(expected ? e.Message : $"{e.GetType().Name}: {e.Message} (run with --verbose for the trace)");
        if (detail == Detail.Trace)
        {
            _terminal.Error.WriteRaw(e + Environment.NewLine);
        }

        return expected ? BadInput : Failed;
    }

    private void Report(string message)
    {
        string line = message.ReplaceLineEndings(" ").ToDisplayText();
        if (_terminal.Error.IsLive())
        {
            _terminal.Error.Write(new Text(ErrorMark, new Style(Color.Red)));
            _terminal.Error.WriteRaw(line + Environment.NewLine);
        }
        else
        {
            _terminal.Error.WriteRaw(ErrorMark + line + Environment.NewLine);
        }
    }

    private string HelpOf(ParseResult parsed)
    {
        IEnumerable<string> path = parsed.CommandResult.Command == _root ? [] : [.. ParentsOf(parsed.CommandResult), parsed.CommandResult.Command.Name];
        return string.Join(' ', ["diffusionlsp", .. path, "--help"]);
    }

    private List<string> ParentsOf(CommandResult result)
    {
        List<string> names = [];
        for (var parent = result.Parent as CommandResult; parent is not null && parent.Command != _root; parent = parent.Parent as CommandResult)
        {
            names.Insert(0, parent.Command.Name);
        }

        return names;
    }

    private enum Detail
    {
        OneLine,
        Trace,
    }
}
