using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// Gaps in source that no model of ours was trained on: the folder <c>heldout</c> that <c>diffusionlsp-train corpus</c>
/// writes. A file is drawn by its size, a line that is not blank, and what the suite is about. The same folder, seed and
/// limit give the same gaps. The text on both sides is whole; nothing is run.
/// </summary>
internal static class HeldOutSuite
{
    private const int DefaultLimit = 400;
    private const int LongestLine = 160;
    private const int FewestLines = 2;
    private const int MostLines = 5;

    /// <summary>Blank and overlong lines are passed over; so many for each gap say that there is nothing else.</summary>
    private const int Patience = 1000;

    private static readonly Dictionary<string, Kind> s_kinds = new(StringComparer.Ordinal)
    {
        ["rest-of-line"] = new(RestOfLine, ComparedText.OfFirstLine),
        ["line"] = new((_, line, _) => line, ComparedText.OfFirstLine),
        ["lines"] = new(Lines, ComparedText.OfLines),
    };

    /// <summary>The languages and the names that their files end in, as the corpus has them.</summary>
    private static readonly Dictionary<string, string[]> s_languages = new(StringComparer.Ordinal)
    {
        ["python"] = [".py"],
        ["javascript"] = [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"],
        ["csharp"] = [".cs"],
    };

    /// <summary>The suites that are drawn from held-out source.</summary>
    public static IReadOnlyCollection<string> Names => s_kinds.Keys;

    /// <summary>The languages that there is held-out source of.</summary>
    public static IReadOnlyCollection<string> Languages => s_languages.Keys;

    /// <summary>Draws a suite's gaps.</summary>
    /// <exception cref="BadInputException">There is no folder, no file of the language, or nothing to draw in them.</exception>
    public static EvalSuite Draw(SuiteChoice choice)
    {
        string language = choice.Language ?? "python";
        string folder = choice.HeldOut ?? throw new BadInputException(
            $"{choice.Name} needs --heldout FOLDER: the folder 'heldout' that 'diffusionlsp-train corpus' writes.");
        var kind = s_kinds[choice.Name];
        return new EvalSuite
        {
            Name = choice.Name,
            Language = language,
            Items = Draw(FilesOf(folder, language), kind, choice),
            Compared = kind.Compared,
        };
    }

    private static List<EvalItem> Draw(FileInfo[] files, Kind kind, SuiteChoice choice)
    {
        int count = choice.Limit ?? DefaultLimit;
        long[] ends = new long[files.Length];
        long total = 0;
        for (int i = 0; i < files.Length; i++)
        {
            ends[i] = total += files[i].Length;
        }

        var random = new SplitMix((ulong)choice.Seed);
        var items = new List<EvalItem>();
        for (int misses = 0; items.Count < count;)
        {
            long at = random.Below(total);
            int index = Array.FindIndex(ends, end => end > at);
            if (index >= 0 && ItemOf(SourceFile.Read(files[index].FullName).Text, kind, random) is { } item)
            {
                items.Add(item with { OpenFiles = choice.OpenFiles == 0 ? item.OpenFiles : Beside(files, index, choice) });
            }
            else if (++misses > (long)Patience * count)
            {
                throw new BadInputException($"{choice.HeldOut} has hardly a line to try: give the held-out folder of a prepared corpus.");
            }
        }

        return items;
    }

    /// <summary>The files of the same package that stand nearest to a file in the order of their paths.</summary>
    private static List<string> Beside(FileInfo[] files, int index, SuiteChoice choice)
    {
        string package = PackageOf(files[index], choice);
        return
        [
            .. Enumerable.Range(0, files.Length).Where(i => i != index && PackageOf(files[i], choice) == package)
                .OrderBy(i => Math.Abs(i - index)).Take(choice.OpenFiles)
                .Select(i => SourceFile.Read(files[i].FullName).Text),
        ];
    }

    private static string PackageOf(FileInfo file, SuiteChoice choice) =>
        Path.GetRelativePath(choice.HeldOut!, file.FullName).Split(Path.DirectorySeparatorChar)[0];

    private static FileInfo[] FilesOf(string folder, string language)
    {
        if (!Directory.Exists(folder))
        {
            throw new BadInputException($"{folder} is no folder: give the folder 'heldout' that 'diffusionlsp-train corpus' writes.");
        }

        if (!s_languages.TryGetValue(language, out string[]? extensions))
        {
            throw new BadInputException($"--language '{language}' is not known: take {string.Join(", ", Languages)} (typescript is in javascript).");
        }

        FileInfo[] files =
        [
            .. new DirectoryInfo(Path.GetFullPath(folder)).EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(file => extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase))
                .OrderBy(file => file.FullName, StringComparer.Ordinal),
        ];
        return files.Length > 0
            ? files
            : throw new BadInputException($"{folder} holds no {language}: give another --language ({string.Join(", ", Languages)}).");
    }

    private static EvalItem? ItemOf(string text, Kind kind, SplitMix random)
    {
        if (text.Length == 0)
        {
            return null;
        }

        int near = (int)random.Below(text.Length);
        int start = text.LastIndexOf('\n', near) + 1;
        int end = LineEnd(text, start);
        while (start < end && text[start] is ' ' or '\t')
        {
            start++;
        }

        return end > start && end - start <= LongestLine && kind.Gap(text, new Span(start, end), random) is { } gap
            ? new EvalItem(text[..gap.Start], text[gap.End..], text[gap.Start..gap.End])
            : null;
    }

    /// <summary>From a cursor at any character of the line to its end.</summary>
    private static Span? RestOfLine(string text, Span line, SplitMix random)
    {
        int cursor = line.Start + (int)random.Below(line.End - line.Start);
        return line with { Start = char.IsLowSurrogate(text[cursor]) ? cursor - 1 : cursor };
    }

    /// <summary>The line and some that follow; the last is not blank, for nobody could tell how many of those there were.</summary>
    private static Span? Lines(string text, Span line, SplitMix random)
    {
        int count = FewestLines + (int)random.Below(MostLines - FewestLines + 1);
        var (start, end) = line;
        for (int i = 1; i < count; i++)
        {
            if (end == text.Length)
            {
                return null;
            }

            start = end + 1;
            end = LineEnd(text, start);
            if (end - start > LongestLine)
            {
                return null;
            }
        }

        return string.IsNullOrWhiteSpace(text[start..end]) ? null : line with { End = end };
    }

    private static int LineEnd(string text, int start)
    {
        int end = text.IndexOf('\n', start);
        return end < 0 ? text.Length : end;
    }

    /// <summary>A kind of gap.</summary>
    /// <param name="Gap">Puts the gap into or behind a line; null where the line is none for it.</param>
    /// <param name="Compared">What of a middle is compared.</param>
    private sealed record Kind(Func<string, Span, SplitMix, Span?> Gap, Func<EvalItem, string, string> Compared);

    /// <summary>Part of a text; of a line, what follows its indentation.</summary>
    private sealed record Span(int Start, int End);
}
