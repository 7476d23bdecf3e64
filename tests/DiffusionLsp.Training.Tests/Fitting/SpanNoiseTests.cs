using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Tests.Fitting;

public class SpanNoiseTests
{
    [Fact]
    public void Deletes_are_always_masked_and_noise_covers_about_its_share()
    {
        var random = new SplitMix(1);
        int covered = 0;
        for (int draw = 0; draw < 500; draw++)
        {
            bool[] masked = SpanNoise.Draw(tokens: 10, deletes: 3, noise: 0.5, random);
            Assert.All(masked[10..], Assert.True);
            covered += masked[..10].Count(isMasked => isMasked);
        }

        Assert.InRange(covered / 5000.0, 0.4, 0.6);
    }

    [Fact]
    public void The_nth_mask_of_a_run_weighs_one_nth() =>
        Assert.Equal([1f, 1 / 2f, 0, 1, 1 / 2f, 1 / 3f], SpanNoise.Weights([true, true, false, true, true, true]));

    [Fact]
    public void Merging_takes_two_neighbouring_masks_and_never_a_delete()
    {
        var cells = SpanNoise.Merge([true, true, true, false, true, true, true], tokens: 5, share: 1, new SplitMix(1));

        Assert.Equal([(0, true), (2, false), (3, false), (4, false), (5, false), (6, false)], cells);
    }

    [Fact]
    public void Without_a_share_nothing_merges() =>
        Assert.All(SpanNoise.Merge([true, true, true], tokens: 3, share: 0, new SplitMix(1)), cell => Assert.False(cell.Expands));
}
