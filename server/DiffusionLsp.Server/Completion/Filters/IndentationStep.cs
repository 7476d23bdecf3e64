using DiffusionLsp.Server.Completion.Lexing;
using DiffusionLsp.Server.Documents;

namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// In a file of spaces, a block that is indented by a step that the file does not use gets the file's own step, and
/// the lines of that block move with it. Only lines right after one that opens a block are judged: others are aligned
/// to whatever their author liked. In Python a line that goes back to an indentation which no block has is an error,
/// and the suggestion ends before it.
/// </summary>
internal static class IndentationStep
{
    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        var style = IndentationStyle.Of(window);
        if (style is not { Character: ' ', Step: { } step } || middle.Contains('\t', StringComparison.Ordinal))
        {
            return middle;
        }

        (string prefix, string code, string _) = CodeMask.Of(window, middle);
        string[] before = prefix.Split('\n');
        Blocks blocks = new(style.Steps, step) { Widths = IsStrict(window) ? before.Select(WidthOf).ToHashSet() : null };
        OpenBrackets open = new();
        open.Read(prefix);
        if (before.SkipLast(1).LastOrDefault(IndentationStyle.IsCode) is { } above)
        {
            blocks.Begin(above);
        }

        string start = before[^1];
        string[] lines = middle.Split('\n');
        string[] masked = code.Split('\n');
        for (int index = 0; index < lines.Length; index++)
        {
            string whole = index == 0 ? start + masked[0] : masked[index];
            int there = index == 0 ? start.Length : 0;
            if (IndentationStyle.IsCode(whole))
            {
                int? width = WidthOf(whole) <= there && there > 0 ? blocks.Begin(whole)
                    : IsAligned(window, open) ? blocks.Align(whole)
                    : blocks.Place(whole);
                if (width is null)
                {
                    return index == 0 ? null : string.Join('\n', lines.Take(index));
                }

                lines[index] = WidthOf(whole) <= there ? lines[index]
                    : new string(' ', Math.Max(0, width.Value - there)) + lines[index].TrimStart(' ');
            }

            open.Read(masked[index]);
        }

        return string.Join('\n', lines);
    }

    // The levels above a cut window are not known.
    private static bool IsStrict(ContextWindow window) =>
        window is { Language: SourceLanguage.Python, IsPrefixCut: false };

    private static bool IsAligned(ContextWindow window, OpenBrackets open) =>
        open.Innermost is '(' or '[' || (open.Innermost is '{' && window.Language == SourceLanguage.Python);

    private static int WidthOf(string line) => IndentationStyle.Of(line).Length;

    /// <summary>The blocks that are open, each with its width as the model wrote it and as it is shown.</summary>
    private sealed class Blocks(IReadOnlySet<int> steps, int step)
    {
        private readonly Stack<(int Written, int Shown)> _open = new();
        private bool _isNew;

        /// <summary>The widths to which a line may go back; null for any.</summary>
        public HashSet<int>? Widths { get; init; }

        /// <summary>Takes a line whose beginning is the document's.</summary>
        public int Begin(string line)
        {
            int width = WidthOf(line);
            _open.Push((width, width));
            _isNew = OpensBlock(line);
            return width;
        }

        /// <summary>The width to show a line within brackets with.</summary>
        public int Align(string line)
        {
            int written = WidthOf(line);
            int shown = Math.Max(0, written + (_open.TryPeek(out var top) ? top.Shown - top.Written : 0));
            _isNew = OpensBlock(line);
            if (_isNew)
            {
                _open.Push((written, shown));
            }

            return shown;
        }

        /// <summary>The width to show a line with; null where it belongs to no block.</summary>
        public int? Place(string line)
        {
            int written = WidthOf(line);
            while (_open.TryPeek(out var block) && block.Written > written)
            {
                _open.Pop();
                if (_open.TryPeek(out var outer) && outer.Written < written && Widths is not null)
                {
                    return null;
                }
            }

            bool isKnown = _open.TryPeek(out var top);
            if (!isKnown && Widths?.Contains(written) == false)
            {
                return null;
            }

            int deeper = written - top.Written;
            int shown = !isKnown ? written
                : deeper > 0 && _isNew && !steps.Contains(deeper) ? top.Shown + step
                : top.Shown + deeper;
            if (!isKnown || (deeper > 0 && _isNew))
            {
                _open.Push((written, shown));
            }

            _isNew = OpensBlock(line);
            return shown;
        }

        private static bool OpensBlock(string line) =>
            line.AsSpan().TrimEnd($" {CodeMask.Covered}") is [.., ':' or '{'];
    }
}
