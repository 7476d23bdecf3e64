using System.Text;
using DiffusionLsp.Training.Fitting;
using Spectre.Console;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class FitDisplayTests : IDisposable
{
    private static readonly FitReport s_report = new(20, 40, new Losses(3.25, 2.5), 1234, TimeSpan.FromMinutes(25 * 60.5));

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Into_a_file_go_plain_lines()
    {
        Show(new AnsiConsoleOutput(_output));

        Assert.Equal(
            ["step 20/40  next-token 3.250  span 2.500  1234 tokens/s  left 25:12", "held out"],
            _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()));
        Assert.Equal("no room", _error.ToString().TrimEnd());
    }

    [Fact]
    public void On_a_terminal_there_is_a_bar()
    {
        Show(new Terminal(_output));

        string shown = _output.ToString();
        Assert.Contains("50%", shown, StringComparison.Ordinal);
        Assert.Contains("step 20/40  next-token 3.250  span 2.500  1234 tokens/s  left 25:12", shown, StringComparison.Ordinal);
        Assert.Contains("━", shown, StringComparison.Ordinal);
        Assert.Contains("no room", shown, StringComparison.Ordinal);
        Assert.Contains("held out", shown, StringComparison.Ordinal);
        Assert.Empty(_error.ToString());
    }

    private void Show(IAnsiConsoleOutput output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = output.IsTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = output.IsTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        var display = new FitDisplay(console, _error);
        display.During(() =>
        {
            display.Advance(0.5);
            display.Report(s_report);
            display.Line("held out");
            display.Warn("no room");
        });
    }

    private sealed class Terminal(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => 160;

        public int Height => 40;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
