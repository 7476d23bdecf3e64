using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Tests.Fitting;

/// <summary>Who sees whom, and what is learnt where, in the patterns beside the context-causal one.</summary>
public sealed class PatternWriterTests : IDisposable
{
    private readonly TinyCorpus _corpus = new();

    public void Dispose() => _corpus.Dispose();

    [Fact]
    public void In_a_bidirectional_sequence_every_written_position_sees_all_of_them_and_no_target_stands_in_sight()
    {
        foreach (var batch in Batches(AttentionPattern.Bidirectional))
        {
            foreach (var (row, target, _) in batch.Masked)
            {
                Assert.Equal(TinyCorpus.Mask, batch.Ids[row]);
                Assert.True(target < TinyCorpus.Mask || target == TinyCorpus.Delete);
            }

            Assert.All(batch.NextTokens, entry => Assert.Equal(TinyCorpus.Mask, batch.Ids[entry.Row]));
            long seen = batch.Masked.Select(entry => Seen(batch, entry.Row)).Distinct().Count();
            Assert.InRange(seen, 0, batch.Sequences);
        }
    }

    [Fact]
    public void From_left_to_right_no_row_sees_what_it_predicts()
    {
        foreach (var batch in Batches(AttentionPattern.LeftToRight))
        {
            foreach (var (row, target, _) in batch.Masked)
            {
                Assert.Equal(row % batch.Length + 1, Seen(batch, row));
                Assert.True(target == TinyCorpus.Delete || batch.Ids[row + 1] == target);
            }

            Assert.Equal(batch.Sequences, batch.Masked.Count(entry => entry.Target == TinyCorpus.Delete));
            Assert.Equal(batch.Sequences, batch.Ids.Count(id => id == TinyCorpus.Mask));
        }
    }

    [Theory]
    [InlineData("Bidirectional")]
    [InlineData("ContextCausal")]
    public void What_may_be_copied_after_a_position_is_the_token_that_stands_there(string pattern)
    {
        foreach (var batch in Batches(Enum.Parse<AttentionPattern>(pattern)))
        {
            for (int i = 0; i + 1 < batch.Ids.Length; i++)
            {
                if (batch.Followers[i] != SpanBatch.NoToken)
                {
                    Assert.Equal(batch.Ids[i + 1], batch.Followers[i]);
                    Assert.NotEqual(TinyCorpus.Mask, batch.Ids[i + 1]);
                }
            }

            Assert.Contains(batch.Followers, id => id != SpanBatch.NoToken);
        }
    }

    private static int Seen(SpanBatch batch, long row) =>
        batch.Visible.AsSpan((int)row * batch.Length, batch.Length).Count(true);

    private IEnumerable<SpanBatch> Batches(AttentionPattern pattern)
    {
        var batcher = new SpanBatcher(_corpus.Shards, TinyCorpus.Options, TinyCorpus.TokensFor(pattern));
        return Enumerable.Range(0, 30).Select(number => batcher.Next(number));
    }
}
