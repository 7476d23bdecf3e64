using System.Text;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Tests;
using Spectre.Console;

namespace DiffusionLsp.Server.Tests.Cli;

/// <summary>What a person at a terminal sees, escape sequences included.</summary>
public sealed class LiveTerminalTests : IDisposable
{
    private const string Dim = "\u001b[2m";
    private const string BoldGreen = "\u001b[1;32m";

    private readonly StringWriter _screen = new();

    [Fact]
    public async Task The_infill_is_highlighted_in_its_surroundings()
    {
        Assert.Equal(0, await RunAsync("infill", Add(2, 5)));

        Assert.Contains($"{Dim}def add(a, b):", _screen.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{BoldGreen}return a + b", _screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("adder on cpu: 4 tokens in 3 forward passes, 12 ms", _screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_canvas_sharpens_with_dim_masks_and_marked_commits()
    {
        Assert.Equal(0, await RunAsync("infill", Add(2, 5), "--show-steps"));

        string screen = _screen.ToString();
        int first = screen.IndexOf("return", StringComparison.Ordinal);
        int last = screen.IndexOf(" +", StringComparison.Ordinal);
        Assert.Contains($"{Dim}░", screen[first..last], StringComparison.Ordinal);
        Assert.Contains("\u001b[30;42m a", screen[first..last], StringComparison.Ordinal);
        Assert.DoesNotContain("░", screen[last..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_cannot_steer_the_terminal()
    {
        await RunAsync("infill", Add(2, 5), "--show-steps");

        Assert.Contains("␛[31m", _screen.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[31m", _screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_stops_the_display()
    {
        Assert.Equal(CommandLine.Failed, await RunAsync("infill", Add(2, 5), "--show-steps", "--model", "bug"));
        Assert.Contains("The script says so.", _screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_evaluation_shows_how_far_it_is()
    {
        string items = Path.Combine(TestData.RepositoryRoot, "tests", "golden", "cli", "files", "items.jsonl");
        Assert.Equal(0, await RunAsync("eval", items));

        Assert.Contains("100%", _screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("100.0 %", _screen.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _screen.Dispose();

    private static string Add(int line, int column) =>
        $"{Path.Combine(TestData.RepositoryRoot, "tests", "golden", "cli", "files", "add.py")}:{line}:{column}";

    private Task<int> RunAsync(params string[] arguments)
    {
        var terminal = new Terminal(Screen, Screen);
        return new CommandLine(
            terminal,
            new InfillCommand(terminal, ScriptedInfiller.Load, () => []),
            new EvalCommand(terminal, ScriptedInfiller.Load, ScriptedTools.Create())).RunAsync(arguments);
    }

    private IAnsiConsole Screen() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.Standard,
        Interactive = InteractionSupport.Yes,
        Out = new ScreenOutput(_screen),
    });

    private sealed class ScreenOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => 80;

        public int Height => 24;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
