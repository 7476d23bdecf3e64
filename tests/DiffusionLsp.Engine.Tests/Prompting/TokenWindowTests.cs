using System.Text;
using CsCheck;
using DiffusionLsp.Engine.Prompting;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Prompting;

public class TokenWindowTests
{
    private static readonly CodeTokenizer Tokenizer =
        CodeTokenizer.Load(Path.Combine(TestData.RepositoryRoot, "models", "quicksilver"));

    [Theory]
    [InlineData("one = 1\ntwo = 2\nthree = 3\n", 100, "one = 1\ntwo = 2\nthree = 3\n")]
    [InlineData("one = 1\ntwo = 2\nthree = 3\n", 6, "\nthree = 3\n")]
    [InlineData("one = 1\n", 0, "")]
    [InlineData("", 5, "")]
    public void The_end_of_a_text_begins_with_a_line(string text, int tokens, string expected) =>
        Assert.Equal(expected, TokenWindow.Tail(Tokenizer, text, tokens).Text);

    [Theory]
    [InlineData("one = 1\ntwo = 2\nthree = 3\n", 100, "one = 1\ntwo = 2\nthree = 3\n")]
    [InlineData("one = 1\ntwo = 2\nthree = 3\n", 6, "one = 1\n")]
    [InlineData("one = 1\n", 0, "")]
    [InlineData("", 5, "")]
    public void The_start_of_a_text_ends_with_a_line(string text, int tokens, string expected) =>
        Assert.Equal(expected, TokenWindow.Head(Tokenizer, text, tokens).Text);

    [Fact]
    public void A_window_is_a_piece_of_its_text_no_longer_than_asked_and_cuts_no_character()
    {
        var alphabet = Gen.OneOf("a", "foo", " ", "\n", "    ", "😀", "日", "é", "(", "9", "\ud83d");
        (from parts in alphabet.Array[0, 200]
         from tokens in Gen.Int[0, 60]
         select (Text: string.Concat(parts), tokens)).Sample(trial =>
        {
            var tail = TokenWindow.Tail(Tokenizer, trial.Text, trial.tokens);
            var head = TokenWindow.Head(Tokenizer, trial.Text, trial.tokens);

            Assert.EndsWith(tail.Text, trial.Text, StringComparison.Ordinal);
            Assert.StartsWith(head.Text, trial.Text, StringComparison.Ordinal);
            Assert.InRange(tail.Ids.Count, 0, trial.tokens);
            Assert.InRange(head.Ids.Count, 0, trial.tokens);
            Assert.False(IsCut(trial.Text, trial.Text.Length - tail.Text.Length));
            Assert.False(IsCut(trial.Text, head.Text.Length));
            Assert.All([tail, head], piece => Assert.Equal(WellFormed(piece.Text), Tokenizer.Decode(piece.Ids)));
        });
    }

    [Fact]
    public void While_somebody_types_the_window_begins_where_it_did()
    {
        string text = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "samples", "inventory.py"));
        string typed = text[(text.Length / 2)..];
        string before = string.Concat(Enumerable.Range(0, 60).Select(i => $"value_{i * 7919 % 101} = other({i})\n")) + text[..(text.Length / 2)];
        int moved = 0;
        int[] last = [];
        for (int length = 0; length <= typed.Length; length++)
        {
            int[] start = [.. TokenWindow.Tail(Tokenizer, before + typed[..length], 400).Ids.Take(16)];
            moved += start.SequenceEqual(last) ? 0 : 1;
            last = start;
        }

        Assert.InRange(moved, 2, typed.Length / 30);
    }

    [Fact]
    public void Ten_million_characters_cost_no_more_than_what_is_kept()
    {
        string line = "    value = compute(first, second)\n";
        string text = string.Concat(Enumerable.Repeat(line, 10_000_000 / line.Length));

        var tail = TokenWindow.Tail(Tokenizer, text, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        tail = TokenWindow.Tail(Tokenizer, text, 1000);
        var head = TokenWindow.Head(Tokenizer, text, 1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(tail.Ids.Count, 900, 1000);
        Assert.InRange(head.Ids.Count, 900, 1000);
        Assert.StartsWith(line, tail.Text.TrimStart('\n'), StringComparison.Ordinal);
        Assert.InRange(allocated, 0, 8_000_000);
    }

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static bool IsCut(string text, int index) =>
        index > 0 && index < text.Length && char.IsSurrogatePair(text[index - 1], text[index]);
}
