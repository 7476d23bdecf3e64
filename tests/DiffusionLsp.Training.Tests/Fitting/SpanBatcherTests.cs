using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class SpanBatcherTests : IDisposable
{
    private readonly TinyCorpus _corpus = new();

    public void Dispose() => _corpus.Dispose();

    [Fact]
    public void A_batch_depends_on_seed_and_number_alone()
    {
        var one = _corpus.Batcher.Next(3);
        var same = _corpus.Batcher.Next(3);
        var other = _corpus.Batcher.Next(4);

        Assert.Equal(one.Ids, same.Ids);
        Assert.Equal(one.Masked, same.Masked);
        Assert.NotEqual(one.Ids, other.Ids);
    }

    [Fact]
    public void Masked_rows_hold_the_mask_and_their_targets_are_real_tokens_or_delete()
    {
        foreach (var batch in Batches(50))
        {
            Assert.All(batch.Masked, row => Assert.Equal(TinyCorpus.Mask, batch.Ids[row.Row]));
            Assert.All(batch.Masked, row => Assert.True(row.Target < TinyCorpus.Mask || row.Target == TinyCorpus.Delete));
            Assert.Equal(batch.Masked.Count, batch.Ids.Count(id => id == TinyCorpus.Mask));
        }
    }

    /// <summary>Weights look at what is visible, never at the target: the n-th mask of a run weighs 1/n.</summary>
    [Fact]
    public void A_masked_row_weighs_by_its_place_in_its_run()
    {
        foreach (var batch in Batches(50))
        {
            foreach (var (row, _, weight) in batch.Masked)
            {
                bool isFirst = row % batch.Length == 0 || batch.Ids[row - 1] != TinyCorpus.Mask
                    || batch.Positions[row - 1] != batch.Positions[row] - 1;
                float before = isFirst ? 0 : 1 / batch.Masked.Single(other => other.Row == row - 1).Weight;
                Assert.Equal(before + 1, 1 / weight, 3);
            }
        }
    }

    [Fact]
    public void Context_rows_predict_their_next_token_and_never_see_ahead_or_into_a_copy()
    {
        foreach (var batch in Batches(50))
        {
            foreach (var (row, target) in batch.NextTokens)
            {
                Assert.InRange(target, 0, TinyCorpus.Mask - 1);
                var seen = Seen(batch, row);
                Assert.Equal(row % batch.Length, seen[^1]);
                Assert.All(seen, column => Assert.NotEqual(TinyCorpus.Mask, IdAt(batch, row, column)));
            }
        }
    }

    /// <summary>A noisy copy sees the whole context and itself: as many masked columns as its own masks.</summary>
    [Fact]
    public void A_copy_sees_the_context_and_no_other_copy()
    {
        foreach (var batch in Batches(50))
        {
            int contextRows = batch.Visible.Length / batch.Length;
            Assert.Equal(batch.Sequences * batch.Length, contextRows);
            foreach (var (row, _, _) in batch.Masked)
            {
                var seen = Seen(batch, row);
                var spans = seen.Where(column => PositionAt(batch, row, column) == batch.Positions[row]).ToList();
                Assert.Contains((int)(row % batch.Length), seen);
                Assert.Single(spans);
            }
        }
    }

    [Fact]
    public void A_context_that_does_not_reach_the_documents_beginning_keeps_it()
    {
        var batcher = new SpanBatcher(_corpus.Shards, TinyCorpus.Options with { HeaderTokens = 6 }, TinyCorpus.Tokens);
        var layout = new SpanLayout(PrefixStart: 20, SpanStart: 24, SpanEnd: 26, SuffixEnd: 30) { HeaderEnd = 5 };
        var document = _corpus.Shards.Document(0);

        Assert.Equal([.. document[..5], .. document[20..24]], layout.Before(document).ToArray());
        Assert.Equal(document[20..24].ToArray(), (layout with { HeaderEnd = 0 }).Before(document).ToArray());
        Assert.Equal(batcher.Next(1).Ids, batcher.Next(1).Ids);
    }

    [Fact]
    public void Every_row_sees_something()
    {
        var batch = _corpus.Batcher.Next(0);
        for (int row = 0; row < batch.Sequences * batch.Length; row++)
        {
            Assert.NotEmpty(Seen(batch, row));
        }
    }

    private static List<int> Seen(SpanBatch batch, long row) =>
        [.. Enumerable.Range(0, batch.Length).Where(column => batch.Visible[(row * batch.Length) + column])];

    private static long IdAt(SpanBatch batch, long row, int column) =>
        batch.Ids[(row / batch.Length * batch.Length) + column];

    private static long PositionAt(SpanBatch batch, long row, int column) =>
        batch.Positions[(row / batch.Length * batch.Length) + column];

    private IEnumerable<SpanBatch> Batches(int count) =>
        Enumerable.Range(0, count).Select(number => _corpus.Batcher.Next(number));
}
