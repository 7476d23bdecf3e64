using System.Text.RegularExpressions;
using CsCheck;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Completion.Lexing;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>What holds of every suggestion, whatever the document, the cursor and the model.</summary>
public sealed partial class FilterPropertyTests
{
    private static readonly Gen<string> s_code =
        Gen.OneOf("a", "foo", " ", "    ", "\n", "(", ")", "{", "}", "x = 1", ", b", "<|end|>", ";", "\n    ", "\t", "if x:\n  ")
            .Array[0, 8].Select(string.Concat);

    private static readonly Gen<string> s_brackets =
        Gen.OneOf("(", ")", "[", "]", "{", "}", "a", "b", "\n").Array[0, 6].Select(string.Concat);

    private static readonly Gen<string> s_literals =
        Gen.OneOf("(", ")", "[", "]", "{", "}", "a ", "\n", "\":)\"", "'('", "\"a\\\"}\"", "f(\"]\")").Array[0, 7].Select(string.Concat);

    private static readonly string?[] s_languages =
        [null, SourceLanguage.Python, SourceLanguage.TypeScript, SourceLanguage.CSharp];

    private static readonly Gen<string?> s_language = Gen.Int[0, 3].Select(index => s_languages[index]);

    [Fact]
    public void What_is_shown_is_the_beginning_of_what_the_model_said_but_for_indentation_and_spaces_at_line_ends() =>
        Gen.Select(s_code, s_code, s_code, s_language).Sample(
            (prefix, middle, suffix, language) =>
            {
                ContextWindow window = Window(prefix, suffix, language);
                if (SuggestionFilter.Apply(window, middle) is { } shown)
                {
                    Assert.False(string.IsNullOrWhiteSpace(shown));
                    Assert.StartsWith(LineEnds().Replace(shown, ""), LineEnds().Replace(middle, ""), StringComparison.Ordinal);
                }
            },
            iter: 20_000);

    [Fact]
    public void What_is_shown_would_be_shown_again() =>
        Gen.Select(s_code, s_code, s_code, s_language).Sample(
            (prefix, middle, suffix, language) =>
            {
                ContextWindow window = Window(prefix, suffix, language);
                if (SuggestionFilter.Apply(window, middle) is { } shown)
                {
                    Assert.Equal(shown, SuggestionFilter.Apply(window, shown));
                }
            },
            iter: 20_000);

    [Fact]
    public void Inserting_never_doubles_what_stands_right_of_the_cursor_or_on_the_next_line() =>
        Gen.Select(s_code, s_code, s_code, s_language).Sample(
            (prefix, middle, suffix, language) =>
            {
                ContextWindow window = Window(prefix, suffix, language);
                if (SuggestionFilter.Apply(window, middle) is not { } shown)
                {
                    return;
                }

                string rest = window.RestOfLine.TrimEnd();
                Assert.False(rest.Any(char.IsLetterOrDigit) && shown.TrimEnd().EndsWith(rest, StringComparison.Ordinal), shown);
                string last = (window.StartOfLine + shown).Split('\n')[^1].TrimEnd();
                string? next = suffix.Split('\n').Skip(1).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line));
                Assert.False(rest.Length == 0 && last.Length > 0 && last == next?.TrimEnd(), shown);
            },
            iter: 20_000);

    [Fact]
    public void Brackets_that_matched_before_match_after() =>
        Gen.Select(s_brackets, s_brackets, s_brackets).Sample(
            (prefix, middle, suffix) =>
            {
                string? shown = SuggestionFilter.Apply(ContextWindow.Fit(prefix, suffix), middle);
                if (shown is not null && IsBalanced(prefix + suffix) && !Crossing().IsMatch(shown))
                {
                    // A suggestion may open what the user will close, but it closes nothing twice.
                    Assert.True(IsBalanced(prefix + shown + Unclosed(prefix, shown, suffix) + suffix), shown);
                }
            },
            iter: 50_000);

    [Fact]
    public void Brackets_that_matched_before_match_after_among_strings_of_a_known_language() =>
        Gen.Select(s_literals, s_literals, s_literals).Sample(
            (prefix, middle, suffix) =>
            {
                string? shown = SuggestionFilter.Apply(Window(prefix, suffix, SourceLanguage.TypeScript), middle);
                if (shown is not null && IsBalanced(Code(prefix + suffix)))
                {
                    string closers = Unclosed(Code(prefix), Code(shown), Code(suffix));
                    Assert.True(IsBalanced(Code(prefix + shown + closers + suffix)), shown);
                }
            },
            iter: 50_000);

    [Fact]
    public void A_suggestion_replaces_a_part_of_one_line_and_keeps_the_text_right_of_the_cursor_on_its_line() =>
        Gen.Select(s_code, Gen.Int[0, 40], Gen.Int[0, 8], s_code).Sample(
            (text, cursor, selected, middle) =>
            {
                TextDocument document = new("untitled:1", "python", 1, text);
                int at = Math.Min(cursor, text.Length);
                Position start = document.PositionAt(at);
                Range range = new(start, document.PositionAt(Math.Min(at + selected, text.Length)));
                InlineCompletionContext context = new()
                {
                    TriggerKind = InlineCompletionTriggerKind.Automatic,
                    SelectedCompletionInfo = selected == 0 ? null : new SelectedCompletionInfo { Range = range, Text = "foo" },
                };
                CompletionSite? site = CompletionSite.At(
                    document, new InlineCompletionParams { TextDocument = new() { Uri = "untitled:1" }, Position = start, Context = context });
                if (site is not null && SuggestionFilter.Apply(site.Window, middle) is { } shown)
                {
                    Range replaced = Assert.Single(site.Show(shown).Items).Range!.Value;
                    Assert.Equal(replaced.Start.Line, replaced.End.Line);
                    Assert.False(site.Window.RestOfLine.Any(char.IsLetterOrDigit) && shown.Contains('\n'), shown);
                }

                Assert.Equal(range.Start.Line == range.End.Line, site is not null);
            },
            iter: 20_000);

    private static ContextWindow Window(string prefix, string suffix, string? language) =>
        ContextWindow.Fit(prefix, suffix) with { Language = language };

    private static string Code(string text) => CodeMask.Of(text, SourceLanguage.TypeScript);

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

    /// <summary>The closing brackets that are missing between what is shown and the suffix.</summary>
    private static string Unclosed(string prefix, string shown, string suffix)
    {
        OpenBrackets open = new();
        open.Read(prefix + shown);
        int needed = new OpenBrackets().Read(suffix).Count;
        string closers = "";
        while (open.Count > needed && open.Innermost is { } innermost)
        {
            char closer = ")]}"["([{".IndexOf(innermost)];
            open.TryClose(closer);
            closers += closer;
        }

        return closers;
    }

    // What a bracket within a string can look like to a rule that knows no strings: it is let pass.
    [GeneratedRegex(@"\([^()]*[\]}]|\[[^\[\]]*[)}]|\{[^{}]*[)\]]")]
    private static partial Regex Crossing();

    [GeneratedRegex("[ \t]+(?=\n|$)|^[ \t]+", RegexOptions.Multiline)]
    private static partial Regex LineEnds();
}
