using DiffusionLsp.Server.Cli;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Cli;

public sealed class SampleGapsTests
{
    private static readonly string s_samples = Path.Combine(TestData.RepositoryRoot, "samples");

    [Fact]
    public void Every_sample_gives_gaps_that_end_with_their_line()
    {
        var gaps = SampleGaps.In(s_samples);

        Assert.InRange(gaps.Count, Directory.GetFiles(s_samples).Length, 2 * Directory.GetFiles(s_samples).Length);
        Assert.All(gaps, gap => Assert.EndsWith("return ", gap.Prefix, StringComparison.Ordinal));
        Assert.All(gaps, gap => Assert.StartsWith("\n", gap.Suffix, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error_for_people() =>
        Assert.Contains("nowhere", Assert.Throws<BadInputException>(() => SampleGaps.In("nowhere")).Message, StringComparison.Ordinal);
}
