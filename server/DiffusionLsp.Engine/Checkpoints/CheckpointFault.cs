using System.Text;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// The wording of every complaint about a checkpoint: the file, the field, what is wrong. Text that comes out of a
/// file is shown short and on one line, so that a hostile file cannot write into the user's terminal.
/// </summary>
internal static class CheckpointFault
{
    private const int LongestShown = 80;

    /// <summary>A complaint about one field (or tensor) of a file.</summary>
    public static CheckpointException In(string path, string field, string problem) =>
        new($"{path}: {Shown(field)}: {problem}");

    /// <summary>A complaint about a file as a whole.</summary>
    public static CheckpointException In(string path, string problem) => new($"{path}: {problem}");

    /// <summary>A complaint about a file as a whole, with its cause.</summary>
    public static CheckpointException In(string path, string problem, Exception cause) =>
        new($"{path}: {problem}", cause);

    /// <summary>Text of a file as a message may hold it: one line, at most 80 characters.</summary>
    public static string Shown(string text)
    {
        var shown = new StringBuilder(Math.Min(text.Length, LongestShown) + 1);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, LongestShown)))
        {
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c);
        }

        return (text.Length > LongestShown ? shown.Append('…') : shown).ToString();
    }
}
