using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Evaluation;

/// <summary>A cursor somewhere in a line of held-out text, and what the author wrote to that line's end.</summary>
/// <param name="File">The file, relative to the held-out folder.</param>
/// <param name="Prefix">Everything before the cursor.</param>
/// <param name="Suffix">Everything from the line's end on.</param>
/// <param name="Rest">What is missing: from the cursor to the line's end.</param>
internal sealed record RestOfLineItem(string File, string Prefix, string Suffix, string Rest)
{
    private const int LongestLine = 160;

    /// <summary>
    /// Draws cursors: a file by its size, a line that is not blank, a character of it from the end of its indentation
    /// on. The same folder, seed and count give the same cursors.
    /// </summary>
    public static IReadOnlyList<RestOfLineItem> Draw(string folder, string pattern, int count, int seed)
    {
        var paths = Directory.GetFiles(folder, pattern, SearchOption.AllDirectories);
        Array.Sort(paths, StringComparer.Ordinal);
        if (paths.Length == 0)
        {
            throw new InvalidDataException($"{folder} holds no {pattern}; give the held-out folder of a prepared corpus.");
        }

        long[] ends = new long[paths.Length];
        long total = 0;
        for (int i = 0; i < paths.Length; i++)
        {
            ends[i] = total += new FileInfo(paths[i]).Length;
        }

        var random = new SplitMix((ulong)seed);
        var items = new List<RestOfLineItem>(count);
        while (items.Count < count)
        {
            long at = random.Below(total);
            int index = Array.FindIndex(ends, end => end > at);
            if (At(folder, paths[index], random) is { } item)
            {
                items.Add(item);
            }
        }

        return items;
    }

    private static RestOfLineItem? At(string folder, string path, SplitMix random)
    {
        string text = System.IO.File.ReadAllText(path);
        if (text.Length == 0)
        {
            return null;
        }

        int near = (int)random.Below(text.Length);
        int start = text.LastIndexOf('\n', near) + 1;
        int end = text.IndexOf('\n', start);
        end = end < 0 ? text.Length : end;
        int code = start;
        while (code < end && text[code] is ' ' or '\t')
        {
            code++;
        }

        if (end <= code || end - code > LongestLine)
        {
            return null;
        }

        int cursor = code + (int)random.Below(end - code);
        if (char.IsLowSurrogate(text[cursor]))
        {
            cursor--;
        }

        return new RestOfLineItem(Path.GetRelativePath(folder, path), text[..cursor], text[end..], text[cursor..end]);
    }
}
