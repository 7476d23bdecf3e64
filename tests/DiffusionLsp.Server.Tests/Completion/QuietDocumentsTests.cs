using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>Why nothing was shown in a document last.</summary>
public sealed class QuietDocumentsTests
{
    [Fact]
    public void The_latest_documents_are_kept()
    {
        QuietDocuments quiet = QuietDocuments.None;
        for (int i = 0; i < QuietDocuments.Capacity; i++)
        {
            quiet = quiet.After(Ended($"u{i}", RequestOutcome.Loading));
        }

        // The first one is heard of again, so that the second is the oldest.
        quiet = quiet.After(Ended("u0", RequestOutcome.Failed)).After(Ended("new", RequestOutcome.Off));

        Assert.Equal(QuietDocuments.Capacity, quiet.Reasons!.Count);
        Assert.DoesNotContain("u1", quiet.Reasons.Keys);
        Assert.Equal("the model could not be loaded", quiet.Reasons["u0"]);
    }

    [Theory]
    [InlineData(nameof(RequestOutcome.Shown))]
    [InlineData(nameof(RequestOutcome.Reused))]
    public void Something_that_was_shown_takes_the_reason_away(string outcome)
    {
        QuietDocuments quiet = QuietDocuments.None
            .After(Ended("a", RequestOutcome.OverBudget))
            .After(Ended("b", RequestOutcome.OverBudget))
            .After(Ended("a", Enum.Parse<RequestOutcome>(outcome)));

        Assert.Equal(["b"], quiet.Reasons!.Keys);
        Assert.Null(quiet.After(Ended("b", RequestOutcome.Shown)).Reasons);
    }

    [Fact]
    public void What_comes_and_goes_or_was_said_before_changes_nothing()
    {
        QuietDocuments quiet = QuietDocuments.None.After(Ended("a", RequestOutcome.BelowFloor));
        RequestOutcome[] passing =
        [
            RequestOutcome.Superseded, RequestOutcome.Stale, RequestOutcome.Cancelled, RequestOutcome.Empty,
            RequestOutcome.Filtered, RequestOutcome.NoPlace, RequestOutcome.BelowFloor,
        ];

        Assert.All(passing, outcome => Assert.Same(quiet.Reasons, quiet.After(Ended("a", outcome)).Reasons));
        Assert.All(passing[..^1], outcome => Assert.Null(QuietDocuments.None.After(Ended("a", outcome)).Reasons));
    }

    private static RequestEntry Ended(string uri, RequestOutcome outcome) =>
        new() { At = default, Uri = uri, Invoked = false, Outcome = outcome, Ms = 1 };
}
