using System.IO.Compression;
using System.Text.Json;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>
/// What an author wrote in a gap is what a perfect model would say, so the filters have no business with it: over real
/// Python programs and this repository's own TypeScript and C#, with gaps of the kinds that come up while typing.
/// </summary>
public sealed class TrueMiddlesTests(ITestOutputHelper output)
{
    private const int FewestMiddles = 1_000;
    private const int LinesBetweenGaps = 3;
    private const double MostDropped = 0.01;

    [Theory]
    [InlineData(SourceLanguage.Python)]
    [InlineData(SourceLanguage.TypeScript)]
    [InlineData(SourceLanguage.CSharp)]
    public void The_filters_drop_at_most_one_true_middle_in_a_hundred(string language)
    {
        var gaps = Sources(language).SelectMany(Gaps).Where(gap => !string.IsNullOrWhiteSpace(gap.Middle)).ToList();
        int dropped = 0;
        int cut = 0;
        foreach ((string before, string middle, string after) in gaps)
        {
            ContextWindow window = ContextWindow.Fit(before, after) with { Language = language };
            string? shown = SuggestionFilter.Apply(window, middle);
            string wanted = middle.TrimEnd();
            dropped += shown is null ? 1 : 0;
            cut += shown is not null && !shown.StartsWith(wanted, StringComparison.Ordinal) ? 1 : 0;
        }

        output.WriteLine($"{language}: {gaps.Count} true middles, {dropped} dropped, {cut} cut short or changed.");
        Assert.True(gaps.Count >= FewestMiddles, $"only {gaps.Count} middles");
        Assert.True(dropped <= gaps.Count * MostDropped, $"{dropped} of {gaps.Count} dropped");
        Assert.True(dropped + cut <= gaps.Count * MostDropped, $"{dropped + cut} of {gaps.Count} dropped or cut");
    }

    private static IEnumerable<string> Sources(string language) => language switch
    {
        SourceLanguage.Python => Programs().Distinct(),
        SourceLanguage.TypeScript => Files("*.ts", "vscode-extension", "src"),
        _ => Files("*.cs", "server", "DiffusionLsp.Server"),
    };

    private static IEnumerable<string> Programs()
    {
        using FileStream file = File.OpenRead(TestData.PathOf("humaneval-infilling", "HumanEval-SingleLineInfilling.jsonl.gz"));
        using StreamReader lines = new(new GZipStream(file, CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            JsonElement item = JsonDocument.Parse(line).RootElement;
            yield return string.Concat(
                ((string[])["prompt", "canonical_solution", "suffix"]).Select(part => item.GetProperty(part).GetString()));
        }
    }

    private static IEnumerable<string> Files(string pattern, params string[] folder) =>
        Directory.EnumerateFiles(Path.Combine([TestData.RepositoryRoot, .. folder]), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText);

    /// <summary>At every third line: the rest of it, all of it, what stands in its middle, and the lines of a block.</summary>
    private static IEnumerable<(string Before, string Middle, string After)> Gaps(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int start = 0;
        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index];
            int indentation = line.Length - line.TrimStart().Length;
            if (index % LinesBetweenGaps == 0 && line.Length > indentation)
            {
                int end = start + line.Length;
                int within = start + indentation + ((line.Length - indentation) / 2);
                yield return Gap(text, within, end);
                yield return Gap(text, start + indentation, end);
                yield return Gap(text, start, end);
                yield return Gap(text, within, within + ((end - within) / 2));
                yield return Gap(text, start + indentation, end + BlockLength(lines[index..]));
            }

            start += line.Length + 1;
        }
    }

    /// <summary>The length of the lines below the first one that are deeper, and of one at most that is not.</summary>
    private static int BlockLength(string[] lines)
    {
        int first = lines[0].Length - lines[0].TrimStart().Length;
        return lines.Skip(1).TakeWhile(line => line.Length - line.TrimStart().Length > first)
            .Take(LinesBetweenGaps).Sum(line => line.Length + 1);
    }

    private static (string Before, string Middle, string After) Gap(string text, int start, int end) =>
        (text[..start], text[start..end], text[end..]);
}
