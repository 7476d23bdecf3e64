using System.Globalization;
using System.Text.RegularExpressions;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>
/// The filter's goldens, one case a file: what it is about, then what the model said and what is shown, each as
/// <c>prefix├inserted┤suffix</c>. The language and the most lines stand behind the word model, where the case has any
/// (<c>--- model python, 2 lines</c>). A space at a line's end is written as ␠, a tab as →. UPDATE_GOLDEN=1 rewrites
/// what is shown.
/// </summary>
public sealed partial class SuggestionFilterTests
{
    private const string Shown = "--- shown\n";
    private const string Nothing = "(nothing)\n";

    private static readonly string _folder = Path.Combine(TestData.RepositoryRoot, "tests", "golden", "filter");

    public static TheoryData<string> Cases() =>
        [.. Directory.GetFiles(_folder, "*.txt").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_shown_is_what_the_golden_says(string file)
    {
        string path = Path.Combine(_folder, file);
        string golden = File.ReadAllText(path);
        Match model = Model().Match(golden);
        int shown = golden.IndexOf(Shown, StringComparison.Ordinal);
        Assert.True(model.Index > 0 && shown > model.Index, $"{file}: wants a title, '--- model' and '{Shown.Trim()}'.");
        string[] parts = Unescape(golden[(model.Index + model.Length)..shown]).Split('├', '┤');
        Assert.Equal(3, parts.Length);

        ContextWindow window = ContextWindow.Fit(parts[0], parts[2].AsSpan()[..^1]) with
        {
            Language = model.Groups["language"] is { Success: true, Value: var language } ? language : null,
        };
        int? maxLines = model.Groups["lines"] is { Success: true, Value: var lines }
            ? int.Parse(lines, CultureInfo.InvariantCulture) : null;
        string? middle = SuggestionFilter.Apply(window, parts[1], maxLines);

        string actual = golden[..shown] + Shown + (middle is null ? Nothing : Escape($"{parts[0]}├{middle}┤{parts[2]}"));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.Equal(golden, actual);
    }

    [Fact]
    public void Every_rule_and_every_language_has_its_cases()
    {
        string[] files = [.. Directory.GetFiles(_folder, "*.txt").Select(File.ReadAllText)];
        Assert.All(
            (string[])["python", "typescript", "csharp"],
            language => Assert.True(files.Count(text => Model().Match(text).Groups["language"].Value == language) >= 12, language));
    }

    private static string Escape(string text) =>
        LineEnds().Replace(text.Replace('\t', '→'), spaces => new string('␠', spaces.Length));

    private static string Unescape(string text) => text.Replace('␠', ' ').Replace('→', '\t');

    [GeneratedRegex("^--- model(?: (?<language>[a-z]+))?(?:, (?<lines>[0-9]+) lines?)?\n", RegexOptions.Multiline)]
    private static partial Regex Model();

    [GeneratedRegex("[ \t]+(?=\n|$)")]
    private static partial Regex LineEnds();
}
