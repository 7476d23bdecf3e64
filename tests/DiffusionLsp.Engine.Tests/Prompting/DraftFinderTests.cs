using DiffusionLsp.Engine.Prompting;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>Drafts in tokens, at the gap and behind what was written into it.</summary>
public class DraftFinderTests
{
    private const int Delete = 8177;

    private static readonly CodeTokenizer Tokenizer =
        CodeTokenizer.Load(Path.Combine(TestData.RepositoryRoot, "models", "quicksilver"));

    [Fact]
    public void A_draft_ends_in_a_deletion() =>
        Assert.Equal(["a, b)<|delete|>"], Drafts("total = add(a, b)\ntotal = add(|\n"));

    [Fact]
    public void A_draft_ends_before_what_the_line_goes_on_with() =>
        Assert.Equal(["a, b<|delete|>"], Drafts("total = add(a, b)\ntotal = add(|)\n"));

    [Fact]
    public void A_draft_that_never_meets_the_rest_of_the_line_has_no_end() =>
        Assert.Equal(["a, b)"], Drafts("total = add(a, b)\ntotal = add(|]\n"));

    [Fact]
    public void Behind_written_tokens_the_drafts_follow_the_new_text()
    {
        Assert.Equal("1, 2)<|delete|>", Drafts("x = f(1, 2)\ny = g(3)\nz = |\n", [" f", "("])[0]);
        Assert.Equal("3)<|delete|>", Drafts("x = f(1, 2)\ny = g(3)\nz = |\n", [" g", "("])[0]);
    }

    /// <summary>Up to the line that stands behind the gap, with what is blank before it.</summary>
    [Fact]
    public void A_gap_for_lines_is_drafted_to_the_line_behind_it() => Assert.Equal(
        "    b = 1\n    c = 2\n<|delete|>",
        Drafts("def f(a):\n    b = 1\n    c = 2\n\n    return b\ndef f(a):\n|\n    return b\n")[0]);

    [Fact]
    public void Where_that_line_never_comes_each_line_may_be_the_last() => Assert.Equal(
        ["    b = 1\n\n    return b\ndef f(a):", "    b = 1<|delete|>", "    b = 1\n\n    return b<|delete|>", "    b = 1\n\n    return b\ndef f(a):<|delete|>"],
        Drafts("def f(a):\n    b = 1\n\n    return b\ndef f(a):\n|\nprint()\n")[..4]);

    /// <summary>A further draw would else be drawn to the same line.</summary>
    [Fact]
    public void What_has_been_offered_is_drafted_no_more()
    {
        const string Text = "x = f(1, 2)\ny = f(3)\nz = f(|\n";
        Assert.Equal(["3)<|delete|>", "1, 2)<|delete|>"], Drafts(Text));
        Assert.Equal(["1, 2)<|delete|>"], Drafts(Text, [], "3)"));
        Assert.Equal(["2)<|delete|>"], Drafts(Text, ["1, "], "3)"));
        Assert.Empty(Drafts(Text, ["1, "], "3)", "1, 2)"));
        Assert.Equal(["1, 2<|delete|>"], Drafts("x = f(1, 2)\ny = f(3)\nz = f(|)\n", [], "3"));
    }

    /// <summary>A copy of the place with nothing there says nothing to who opens a line.</summary>
    [Fact]
    public void A_blank_line_is_not_drafted_as_blank()
    {
        Assert.Empty(Drafts("a = f(1)\n\nprint(a)\na = f(1)\n|\nprint(a)\n"));
        Assert.Equal(
            "b = f(2)\n<|delete|>",
            Drafts("a = f(1)\n\nb = f(2)\n\nprint(a)\na = f(1)\n|\nprint(a)\n")[0].TrimStart('\n'));
    }

    [Fact]
    public void Nothing_is_drafted_inside_a_word() => Assert.Empty(Drafts("value = 1\nval|ue = 1\n"));

    private static string[] Drafts(string marked, string[]? written = null, params string[] offered)
    {
        string[] sides = marked.Split('|');
        var request = new InfillRequest { Prefix = sides[0], Suffix = sides[1], Offered = offered };
        var prompt = new PromptBuilder(Tokenizer, new PromptLayout(), contextLength: 400, logitShift: 0)
            .Build(request.Prefix, request.Suffix, middleTokens: 48);
        int[] committed = [.. (written ?? []).SelectMany(Tokenizer.Encode)];
        byte[] typed = prompt.Left?.TypedBytes ?? [];
        var found = new DraftFinder(Tokenizer, request, prompt, believed: 30, Delete).Behind(committed);
        return
        [
            .. found.Select(draft =>
            {
                string text = string.Concat(draft.Ids.Select(id => id == Delete ? "<|delete|>" : Tokenizer.Decode([id])));
                return committed.Length == 0 ? text[typed.Length..] : text;
            }),
        ];
    }
}
