using System.Collections.Concurrent;
using System.Text;
using DiffusionLsp.Engine;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// Shows denoising as it happens: on a terminal one canvas that sharpens, elsewhere one plain line a step.
/// </summary>
internal static class StepRenderer
{
    private const char Mask = '░';

    private static readonly Style s_masked = new(decoration: Decoration.Dim);
    private static readonly Style s_fresh = new(Color.Black, Color.Green);

    /// <summary>A small model takes a few milliseconds a step; an eye needs this long to see one.</summary>
    private static readonly TimeSpan s_frame = TimeSpan.FromMilliseconds(90);

    /// <summary>Runs <paramref name="infill"/> and shows its steps.</summary>
    public static InfillResult Watch(IAnsiConsole console, Func<Action<DenoisingStep>, InfillResult> infill) =>
        console.IsLive() ? WatchLive(console, infill) : infill(step => console.WriteRaw(ToLine(step) + "\n"));

    /// <summary>The step as one line of text: its number, how much is committed, and the span.</summary>
    internal static string ToLine(DenoisingStep step)
    {
        var line = new StringBuilder();
        int committed = step.Cells.Count(cell => cell.State != CellState.Masked);
        line.Append($"{step.Index,3}  {committed,3}/{step.Cells.Count,-3}  ");
        foreach (var cell in step.Cells)
        {
            line.Append(cell.State == CellState.Masked ? Mask.ToString() : cell.Text.ToDisplayText().Replace('\n', '↵'));
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>
    /// The engine keeps its thread; the screen follows on another at a pace that can be watched, so that looking on
    /// does not slow the infill.
    /// </summary>
    private static InfillResult WatchLive(IAnsiConsole console, Func<Action<DenoisingStep>, InfillResult> infill)
    {
        using var steps = new BlockingCollection<DenoisingStep>();
        using var abandoned = new CancellationTokenSource();
        var screen = Task.Run(() => Show(console, steps, abandoned.Token));
        try
        {
            return infill(steps.Add);
        }
        catch
        {
            abandoned.Cancel();
            throw;
        }
        finally
        {
            steps.CompleteAdding();
            screen.GetAwaiter().GetResult();
        }
    }

    private static void Show(IAnsiConsole console, BlockingCollection<DenoisingStep> steps, CancellationToken abandoned) =>
        console.Live(new Paragraph()).AutoClear(true).Start(display =>
        {
            foreach (var step in steps.GetConsumingEnumerable())
            {
                display.UpdateTarget(ToPicture(step));
                if (abandoned.WaitHandle.WaitOne(s_frame))
                {
                    return;
                }
            }
        });

    private static Paragraph ToPicture(DenoisingStep step)
    {
        var picture = new Paragraph { Overflow = Overflow.Fold };
        foreach (var cell in step.Cells)
        {
            _ = cell.State switch
            {
                CellState.Masked => picture.Append(Mask.ToString(), s_masked),
                CellState.Fresh => picture.Append(cell.Text.ToDisplayText(), s_fresh),
                _ => picture.Append(cell.Text.ToDisplayText()),
            };
        }

        return picture;
    }
}
