using DiffusionLsp.Server.Completion.Lexing;

namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// Lines that are indented with tabs in a file of spaces, or with spaces in a file of tabs, are indented like the file.
/// Where no step of spaces divides them evenly, what they mean is not known, and the suggestion ends before them.
/// Lines that begin within a string or comment stay as they are, and so does everything in a file that has both.
/// </summary>
internal static class IndentationCharacter
{
    private const string TwoSpaces = "  ";

    // The steps that people use, in the order of how often they do.
    private static readonly int[] s_usualSteps = [4, 2, 8, 3];

    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        var style = IndentationStyle.Of(window);
        string[] lines = middle.Split('\n');
        string[] code = CodeMask.Of(window, middle).Middle.Split('\n');
        int[] wrong = [.. Enumerable.Range(0, lines.Length).Where(IsWrong)];
        if (style.Character is not { } character || wrong.Length == 0)
        {
            return middle;
        }

        int? step = character == ' ' ? style.TabWidth : StepOf(wrong.Select(index => WidthOf(lines[index])), window);
        if (step is not { } width)
        {
            return wrong[0] == 0 ? null : string.Join('\n', lines.Take(wrong[0]));
        }

        foreach (int index in wrong)
        {
            string indentation = IndentationStyle.Of(lines[index]);
            lines[index] = Convert(indentation, character, width) + lines[index][indentation.Length..];
        }

        return string.Join('\n', lines);

        bool IsWrong(int index)
        {
            bool isIndented = index > 0 || string.IsNullOrWhiteSpace(window.StartOfLine);
            string indentation = IndentationStyle.Of(code[index]);
            return isIndented && IndentationStyle.IsCode(code[index]) && (style.Character == ' '
                ? indentation.Contains('\t', StringComparison.Ordinal)
                : indentation.Contains(TwoSpaces, StringComparison.Ordinal) && !indentation.StartsWith('\t'));
        }
    }

    private static string Convert(string indentation, char character, int step) =>
        character == ' '
            ? indentation.Replace("\t", new string(' ', step), StringComparison.Ordinal)
            : new string('\t', indentation.Length / step);

    /// <summary>The step that all widths are multiples of and that has the first at most one level deeper than the cursor.</summary>
    private static int? StepOf(IEnumerable<int> widths, ContextWindow window)
    {
        int level = IndentationStyle.Of(window.StartOfLine).Length;
        foreach (int step in s_usualSteps)
        {
            if (widths.All(width => width % step == 0) && widths.First() / step <= level + 1)
            {
                return step;
            }
        }

        return null;
    }

    private static int WidthOf(string line) => IndentationStyle.Of(line).Length;
}
