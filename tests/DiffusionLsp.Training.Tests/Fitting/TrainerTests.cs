namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class TrainerTests : IDisposable
{
    /// <summary>Whether the head is the embedding.</summary>
    public enum HeadKind
    {
        Tied,
        Own,
    }

    private readonly TinyCorpus _corpus = new();

    public void Dispose() => _corpus.Dispose();

    [Theory]
    [InlineData(HeadKind.Tied)]
    [InlineData(HeadKind.Own)]
    public void Both_losses_fall_on_lines_that_repeat(HeadKind head)
    {
        using var trainer = TinyCorpus.NewTrainer(
            seed: 1, TinyCorpus.Config with { TieWordEmbeddings = head == HeadKind.Tied });
        var first = trainer.Evaluate(_corpus.Batcher.Next(1000));
        for (int step = 0; step < TinyCorpus.Options.Steps; step++)
        {
            trainer.Step(_corpus.Batcher.Next(step), step);
        }

        var last = trainer.Evaluate(_corpus.Batcher.Next(1000));
        Assert.True(last.NextToken < 0.7 * first.NextToken, $"{first} to {last}");
        Assert.True(last.Span < 0.8 * first.Span, $"{first} to {last}");
    }
}
