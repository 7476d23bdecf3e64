namespace DiffusionLsp.Server.Evaluation;

/// <summary>A gap whose middle is known.</summary>
/// <param name="Prefix">Everything before the gap.</param>
/// <param name="Suffix">Everything after it.</param>
/// <param name="Truth">What the author wrote there.</param>
internal sealed record EvalItem(string Prefix, string Suffix, string Truth)
{
    /// <summary>Texts of other files that whoever writes this one may have open; empty for none.</summary>
    public IReadOnlyList<string> OpenFiles { get; init; } = [];

    /// <summary>Python that tests the whole, and ends without an exception where it is right; null where there is none.</summary>
    public string? Test { get; init; }

    /// <summary>The lines that the author's middle touches, the break at its end not counted.</summary>
    public int Lines => Truth.AsSpan(0, Truth.Length - (Truth.EndsWith('\n') ? 1 : 0)).Count('\n') + 1;

    /// <summary>
    /// The program with a middle, ready to be run. An infill of whole lines ends before the last one's break, which
    /// is in the author's middle but is the editor's own: it is put back where the suffix would else join that line.
    /// </summary>
    public string ProgramWith(string middle)
    {
        bool joins = Truth.EndsWith('\n') && !middle.EndsWith('\n') && !Suffix.StartsWith('\n');
        return $"{Prefix}{middle}{(joins ? "\n" : "")}{Suffix}\n{Test}";
    }
}
