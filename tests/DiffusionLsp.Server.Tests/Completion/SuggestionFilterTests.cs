using System.Text.RegularExpressions;
using CsCheck;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>
/// The filter's goldens, one case a file: what it is about, then what the model said and what is shown, each as
/// <c>prefix├inserted┤suffix</c>. A space at a line's end is written as ␠. UPDATE_GOLDEN=1 rewrites what is shown.
/// </summary>
public sealed partial class SuggestionFilterTests
{
    private const string Model = "--- model\n";
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
        int model = golden.IndexOf(Model, StringComparison.Ordinal);
        int shown = golden.IndexOf(Shown, StringComparison.Ordinal);
        Assert.True(model > 0 && shown > model, $"{file}: wants a title, '{Model.Trim()}' and '{Shown.Trim()}'.");
        string[] parts = Unescape(golden[(model + Model.Length)..shown]).Split('├', '┤');
        Assert.Equal(3, parts.Length);

        ContextWindow window = ContextWindow.Fit(parts[0], parts[2].AsSpan()[..^1]);
        string? middle = SuggestionFilter.Apply(window, parts[1]);

        string actual = golden[..shown] + Shown + (middle is null ? Nothing : Escape($"{parts[0]}├{middle}┤{parts[2]}"));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.Equal(golden, actual);
    }

    [Fact]
    public void What_is_shown_is_the_beginning_of_what_the_model_said_but_for_spaces_at_line_ends() =>
        Gen.Select(_code, _code, _code).Sample(
            (prefix, middle, suffix) =>
            {
                ContextWindow window = ContextWindow.Fit(prefix, suffix);
                if (SuggestionFilter.Apply(window, middle) is { } shown)
                {
                    Assert.False(string.IsNullOrWhiteSpace(shown));
                    Assert.StartsWith(LineEnds().Replace(shown, ""), LineEnds().Replace(middle, ""), StringComparison.Ordinal);
                }
            },
            iter: 20_000);

    [Fact]
    public void What_is_shown_would_be_shown_again_and_does_not_end_in_the_rest_of_the_line() =>
        Gen.Select(_code, _code, _code).Sample(
            (prefix, middle, suffix) =>
            {
                ContextWindow window = ContextWindow.Fit(prefix, suffix);
                if (SuggestionFilter.Apply(window, middle) is { } shown)
                {
                    Assert.Equal(shown, SuggestionFilter.Apply(window, shown));
                    string rest = window.RestOfLine.TrimEnd();
                    Assert.False(
                        rest.Any(char.IsLetterOrDigit) && shown.TrimEnd().EndsWith(rest, StringComparison.Ordinal), shown);
                }
            },
            iter: 20_000);

    [Fact]
    public void Brackets_that_matched_before_match_after() =>
        Gen.Select(_brackets, _brackets, _brackets).Sample(
            (prefix, middle, suffix) =>
            {
                string? shown = SuggestionFilter.Apply(ContextWindow.Fit(prefix, suffix), middle);
                if (shown is not null && IsBalanced(prefix + suffix) && !Crossing().IsMatch(shown))
                {
                    // A suggestion may open what the user will close, but it closes nothing twice.
                    Assert.True(IsBalanced(prefix + shown + new string([.. Unclosed(shown)]) + suffix), shown);
                }
            },
            iter: 50_000);

    private static readonly Gen<string> _code =
        Gen.OneOf("a", "foo", " ", "    ", "\n", "(", ")", "{", "}", "x = 1", ", b", "<|end|>", ";", "\n    ").Array[0, 8]
            .Select(string.Concat);

    private static readonly Gen<string> _brackets = Gen.OneOf("(", ")", "[", "]", "{", "}", "a", "b").Array[0, 6].Select(string.Concat);

    private static bool IsBalanced(string text)
    {
        Stack<char> open = new();
        foreach (char character in text.Where("()[]{}".Contains))
        {
            if ("([{".Contains(character))
            {
                open.Push(character);
            }
            else if (open.Count == 0 || open.Pop() != "([{"[")]}".IndexOf(character)])
            {
                return false;
            }
        }

        return open.Count == 0;
    }

    private static Stack<char> Unclosed(string text)
    {
        Stack<char> open = new();
        foreach (char character in text)
        {
            if ("([{".Contains(character))
            {
                open.Push(")]}"["([{".IndexOf(character)]);
            }
            else if (")]}".Contains(character) && open.Count > 0)
            {
                open.Pop();
            }
        }

        return open;
    }

    private static string Escape(string text) => LineEnds().Replace(text, spaces => new string('␠', spaces.Length));

    private static string Unescape(string text) => text.Replace('␠', ' ');

    // What a bracket within a string can look like to a rule that knows no strings: it is let pass.
    [GeneratedRegex(@"\([^()]*[\]}]|\[[^\[\]]*[)}]|\{[^{}]*[)\]]")]
    private static partial Regex Crossing();

    [GeneratedRegex("[ \t]+(?=\n|$)")]
    private static partial Regex LineEnds();
}
