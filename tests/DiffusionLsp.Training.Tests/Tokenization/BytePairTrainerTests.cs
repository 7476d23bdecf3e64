using System.Text;
using CsCheck;
using DiffusionLsp.Training.Tokenization;

namespace DiffusionLsp.Training.Tests.Tokenization;

public sealed class BytePairTrainerTests
{
    private static readonly Gen<Dictionary<string, long>> s_pieces =
        Gen.Dictionary(Gen.String[Gen.Char["abcé"], 1, 12], Gen.Long[1, 20])[1, 20];

    [Fact]
    public void Merges_are_those_of_counting_everything_anew_each_time() =>
        s_pieces.Sample(pieces => Assert.Equal(NaiveMerges(pieces, 300), BytePairTrainer.Train(pieces, 300).Merges));

    [Fact]
    public void The_order_of_the_pieces_does_not_matter() =>
        s_pieces.Sample(pieces => Assert.Equal(
            BytePairTrainer.Train(pieces, 300).Merges,
            BytePairTrainer.Train(pieces.Reverse().ToDictionary(), 300).Merges));

    [Fact]
    public void Every_token_is_what_its_merge_joins()
    {
        var model = BytePairTrainer.Train(new Dictionary<string, long> { ["abab"] = 3, ["b"] = 9 }, 300);

        Assert.Equal([(97, 98), (256, 256)], model.Merges);
        Assert.Equal(["ab", "abab"], model.Tokens.Skip(256).Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public void Training_stops_when_the_vocabulary_is_full_or_no_pair_occurs_twice()
    {
        var pieces = new Dictionary<string, long> { ["abcd"] = 2, ["xyz"] = 1 };

        Assert.Equal(257, BytePairTrainer.Train(pieces, 257).Tokens.Count);
        Assert.Equal(259, BytePairTrainer.Train(pieces, 300).Tokens.Count);
    }

    /// <summary>The definition: count all pairs, merge the most frequent one everywhere, begin again.</summary>
    private static List<(int Left, int Right)> NaiveMerges(Dictionary<string, long> pieces, int vocabularySize)
    {
        var words = pieces.Select(piece => (Ids: Encoding.UTF8.GetBytes(piece.Key).Select(value => (int)value).ToList(), piece.Value)).ToList();
        var idOfToken = Enumerable.Range(0, 256).ToDictionary(value => Convert.ToHexString([(byte)value]));
        var tokens = idOfToken.Keys.ToList();
        var merges = new List<(int Left, int Right)>();
        while (tokens.Count < vocabularySize)
        {
            var counts = words
                .SelectMany(word => word.Ids.Zip(word.Ids.Skip(1)).Select(pair => (Pair: pair, word.Value)))
                .GroupBy(pair => pair.Pair, pair => pair.Value)
                .Select(pair => (Pair: pair.Key, Count: pair.Sum()))
                .Where(pair => pair.Count >= 2)
                .ToList();
            if (counts.Count == 0)
            {
                break;
            }

            var best = counts.OrderByDescending(pair => pair.Count).ThenBy(pair => pair.Pair).First().Pair;
            string token = tokens[best.First] + tokens[best.Second];
            if (idOfToken.TryAdd(token, tokens.Count))
            {
                tokens.Add(token);
            }

            merges.Add(best);
            words.ForEach(word => Join(word.Ids, best, idOfToken[token]));
        }

        return merges;
    }

    private static void Join(List<int> ids, (int First, int Second) pair, int joined)
    {
        for (int i = 0; i + 1 < ids.Count; i++)
        {
            if ((ids[i], ids[i + 1]) == pair)
            {
                ids[i] = joined;
                ids.RemoveAt(i + 1);
            }
        }
    }
}
