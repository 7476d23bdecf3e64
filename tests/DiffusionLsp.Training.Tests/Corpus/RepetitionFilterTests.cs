using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tests.Corpus;

public sealed class RepetitionFilterTests
{
    private const string Licence = "# Licensed to everyone\n# under the terms\n# that stand\n# in the file\n# beside this one\n# and nowhere else\n";

    private static readonly string s_original = SourceFolder.Code("alpha", 60);

    public static TheoryData<string, string, string, string?> Pairs => new()
    {
        { "itself", s_original, s_original, nameof(DropReason.Duplicate) },
        { "another end", s_original, s_original + "\n\n", nameof(DropReason.Duplicate) },
        { "another indentation and comments", s_original, Licence + s_original.Replace("    ", "\t", StringComparison.Ordinal), nameof(DropReason.NearDuplicate) },
        { "one line added", s_original, "import os\n" + s_original, nameof(DropReason.NearDuplicate) },
        { "half of it new", s_original, s_original + SourceFolder.Code("beta", 60), null },
        { "a shared licence", Licence + SourceFolder.Code("a", 3), Licence + SourceFolder.Code("b", 3), null },
        { "a shorter one inside", s_original, SourceFolder.Code("alpha", 12), nameof(DropReason.NearDuplicate) },
        { "comments only", "# one\n# two\n", "# three\n# four\n", null },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_training_text_comes_once(string what, string first, string second, string? expected)
    {
        var filter = new RepetitionFilter();
        Assert.Null(filter.AdmitTraining(TextFingerprint.Of(first)));
        Assert.True(expected == filter.AdmitTraining(TextFingerprint.Of(second))?.ToString(), what);
    }

    [Theory]
    [InlineData(60, 0, nameof(DropReason.RepeatsHeldOut))]
    [InlineData(60, 60, nameof(DropReason.RepeatsHeldOut))]
    [InlineData(60, 600, nameof(DropReason.RepeatsHeldOut))]
    [InlineData(12, 12, nameof(DropReason.RepeatsHeldOut))]
    [InlineData(5, 600, null)]
    [InlineData(0, 60, null)]
    public void A_training_text_repeats_no_held_out_one(int shared, int own, string? expected)
    {
        var filter = new RepetitionFilter();
        Assert.Null(filter.AdmitHeldOut(TextFingerprint.Of(s_original)));
        var text = SourceFolder.Code("alpha", shared) + SourceFolder.Code("gamma", own);
        Assert.Equal(expected, filter.AdmitTraining(TextFingerprint.Of(text))?.ToString());
    }

    [Fact]
    public void A_held_out_text_comes_once()
    {
        var filter = new RepetitionFilter();
        Assert.Null(filter.AdmitHeldOut(TextFingerprint.Of(s_original)));
        Assert.Equal(DropReason.Duplicate, filter.AdmitHeldOut(TextFingerprint.Of(s_original)));
        Assert.Equal(DropReason.NearDuplicate, filter.AdmitHeldOut(TextFingerprint.Of("import os\n" + s_original)));
        Assert.Null(filter.AdmitHeldOut(TextFingerprint.Of(SourceFolder.Code("beta", 60))));
    }

    [Fact]
    public void A_short_text_has_a_shingle_too() =>
        Assert.Single(TextFingerprint.Of("import os\nimport sys\n").Shingles);

    [Fact]
    public void White_space_between_letters_counts_for_nothing() =>
        Assert.Equal(TextFingerprint.Of("a = f( b )\n").Shingles, TextFingerprint.Of("a=f(b)\n").Shingles);
}
