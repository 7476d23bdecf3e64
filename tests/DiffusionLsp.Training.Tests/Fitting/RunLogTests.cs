using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class RunLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Steps_that_come_again_replace_what_a_kill_cut_off()
    {
        Append(20, 40, 60);
        File.AppendAllText(Path.Combine(_folder, "log.jsonl"), "{\"step\":80,\"next_tok");
        Append(40, 60);

        Assert.Equal([(20, false), (20, true), (40, false), (40, true), (60, false), (60, true)], Entries());
    }

    [Fact]
    public void A_run_that_goes_another_way_leaves_no_trace_of_the_first()
    {
        Append(20, 40, 60);
        Append(30);

        Assert.Equal([(20, false), (20, true), (30, false), (30, true)], Entries());
    }

    private IEnumerable<(int Step, bool IsHeldOut)> Entries() =>
        new RunLog(_folder).Read().Select(entry => (entry.Step, entry.HeldOutSpan is not null));

    private void Append(params int[] steps)
    {
        var log = new RunLog(_folder);
        foreach (int step in steps)
        {
            log.Append(new LogEntry { Step = step, NextToken = 1, Span = 2, TokensPerSecond = 3 });
            log.Append(new LogEntry { Step = step, HeldOutNextToken = 1, HeldOutSpan = double.Epsilon });
        }
    }
}
