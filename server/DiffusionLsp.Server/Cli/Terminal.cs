using System.Text;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// Where commands write: results to the output, everything else to the error stream. Each console is made on first
/// use, so that <c>serve</c>, whose stdout belongs to the protocol, never wakes the one on stdout.
/// </summary>
internal sealed class Terminal(Func<IAnsiConsole> output, Func<IAnsiConsole> error)
{
    private readonly Lazy<IAnsiConsole> _output = new(output);
    private readonly Lazy<IAnsiConsole> _error = new(error);

    /// <summary>For results.</summary>
    public IAnsiConsole Output => _output.Value;

    /// <summary>For errors, notes and progress.</summary>
    public IAnsiConsole Error => _error.Value;

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() => new(() => Open(() => Console.Out), () => Open(() => Console.Error));

    /// <summary>A terminal whose two streams are plain text, as on a pipe.</summary>
    public static Terminal OfWriters(TextWriter output, TextWriter error) => new(() => Plain(output), () => Plain(error));

    private static IAnsiConsole Open(Func<TextWriter> stream)
    {
        // Windows starts with a code page that has no ░; elsewhere the encoding is UTF-8 already.
        if (Console.OutputEncoding.CodePage != Encoding.UTF8.CodePage)
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        return AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(stream()) });
    }

    private static IAnsiConsole Plain(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });
}

/// <summary>What the commands ask of a console beyond Spectre's own.</summary>
internal static class ConsoleExtensions
{
    /// <summary>Whether a person watches a screen that can be repainted.</summary>
    public static bool IsLive(this IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;

    /// <summary>Writes text as it is: no markup, no wrapping at the window's width.</summary>
    public static void WriteRaw(this IAnsiConsole console, string text)
    {
        console.Profile.Out.Writer.Write(text);
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>
    /// The text with tabs widened and control characters replaced by their pictures (␛), so that neither a file nor
    /// a model can steer the terminal.
    /// </summary>
    public static string ToDisplayText(this string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (char c in text.ReplaceLineEndings("\n"))
        {
            _ = c switch
            {
                '\n' => shown.Append('\n'),
                '\t' => shown.Append("    "),
                < ' ' => shown.Append((char)('\u2400' + c)),
                '\u007f' => shown.Append('\u2421'),
                >= '\u0080' and <= '\u009f' => shown.Append('\ufffd'),
                _ => shown.Append(c),
            };
        }

        return shown.ToString();
    }
}
