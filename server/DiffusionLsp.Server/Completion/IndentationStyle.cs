using DiffusionLsp.Server.Completion.Lexing;

namespace DiffusionLsp.Server.Completion;

/// <summary>How a file indents, told from the lines around the gap; lines within strings and comments have no say.</summary>
internal sealed record IndentationStyle
{
    // One deeper line may be an accident.
    private const int FewestSteps = 2;
    private const int UsualStep = 4;

    /// <summary>A tab or a space; null where the file has neither, or both.</summary>
    public char? Character { get; private init; }

    /// <summary>The step that a file of spaces takes most often; null where too little is known.</summary>
    public int? Step { get; private init; }

    /// <summary>Every step in which a line of the file is deeper than the one before it.</summary>
    public IReadOnlySet<int> Steps { get; private init; } = new HashSet<int>();

    /// <summary>The spaces that stand for a tab.</summary>
    public int TabWidth => Step ?? (Steps.Count == 0 ? UsualStep : Steps.Min());

    /// <summary>The style of the text in a window.</summary>
    public static IndentationStyle Of(ContextWindow window)
    {
        string[] indentations =
        [
            .. CodeMask.Of(window.Prefix + window.Suffix, window.Language).Split('\n')
                .Where(IsCode).Select(Of),
        ];
        bool hasTabs = indentations.Append(Of(window.StartOfLine)).Any(indentation => indentation.StartsWith('\t'));
        bool hasSpaces = indentations.Append(Of(window.StartOfLine))
            .Any(indentation => indentation.StartsWith("  ", StringComparison.Ordinal));
        int[] steps = [.. indentations.Zip(indentations.Skip(1), (a, b) => b.Length - a.Length).Where(step => step > 0)];
        return new IndentationStyle
        {
            Character = hasTabs == hasSpaces ? null : hasTabs ? '\t' : ' ',
            Step = steps.Length < FewestSteps ? null : steps.CountBy(step => step).MaxBy(count => count.Value).Key,
            Steps = steps.ToHashSet(),
        };
    }

    /// <summary>Whether a line of a masked text holds something and does not begin within a string or comment.</summary>
    public static bool IsCode(string line) => !string.IsNullOrWhiteSpace(line) && line[0] != CodeMask.Covered;

    /// <summary>The blanks that a line begins with.</summary>
    public static string Of(string line) => line[..^line.AsSpan().TrimStart(" \t").Length];
}
