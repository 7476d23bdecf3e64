using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// Rules for commits on the same gaps, each against the first one: what is gained in forward passes and lost in exact matches.
/// The rules take turns on each gap, so that all but the first find its context computed.
/// </summary>
/// <param name="suite">Says what is compared.</param>
/// <param name="rules">The rules, the careful one that the others are held against first.</param>
internal sealed class CommitCurve(EvalSuite suite, IReadOnlyList<string> rules)
{
    private readonly Tally[] _tallies = [.. rules.Select(_ => new Tally())];
    private int _count;

    /// <summary>Fills one gap by each rule.</summary>
    /// <param name="item">The gap.</param>
    /// <param name="infill">Fills it by a rule.</param>
    public void Add(EvalItem item, Func<string, InfillResult> infill)
    {
        string truth = suite.Compared(item, item.Truth);
        bool carefulIsExact = false;
        _count++;
        for (int i = 0; i < rules.Count; i++)
        {
            var result = infill(rules[i]);
            bool isExact = suite.Compared(item, result.Middle) == truth;
            carefulIsExact = i == 0 ? isExact : carefulIsExact;
            _tallies[i].Add(result, isExact, carefulIsExact);
        }
    }

    /// <summary>A row for each rule.</summary>
    public IReadOnlyList<CommitCurveRow> Rows =>
    [
        .. rules.Zip(_tallies, (rule, tally) => new CommitCurveRow
        {
            Rule = rule,
            N = _count,
            ExactMatch = Math.Round((double)tally.Exact / _count, 4),
            Lost = tally.Lost,
            Won = tally.Won,
            RelativeLoss = Math.Round(_tallies[0].Exact == 0 ? 0 : (double)(tally.Lost - tally.Won) / _tallies[0].Exact, 4),
            TokensPerForward = Math.Round((double)tally.Tokens / Math.Max(1, tally.Forwards), 3),
            Forwards = tally.Forwards,
            MsPerItem = Math.Round(tally.Milliseconds / _count, 1),
        }),
    ];

    private sealed class Tally
    {
        public int Exact { get; private set; }

        public int Lost { get; private set; }

        public int Won { get; private set; }

        public long Tokens { get; private set; }

        public long Forwards { get; private set; }

        public double Milliseconds { get; private set; }

        public void Add(InfillResult result, bool isExact, bool carefulIsExact)
        {
            Exact += isExact ? 1 : 0;
            Lost += carefulIsExact && !isExact ? 1 : 0;
            Won += isExact && !carefulIsExact ? 1 : 0;
            Tokens += result.Tokens;
            Forwards += result.Forwards;
            Milliseconds += result.Milliseconds;
        }
    }
}

/// <summary>How one rule did.</summary>
internal sealed record CommitCurveRow
{
    /// <summary>The rule, as <c>--commit</c> takes it.</summary>
    public required string Rule { get; init; }

    /// <summary>The number of gaps.</summary>
    public required int N { get; init; }

    /// <summary>How many middles are exactly the author's, 0 to 1.</summary>
    public required double ExactMatch { get; init; }

    /// <summary>Gaps that the first rule fills exactly and this one does not.</summary>
    public required int Lost { get; init; }

    /// <summary>Gaps that this rule fills exactly and the first one does not.</summary>
    public required int Won { get; init; }

    /// <summary>What is lost on balance, as a share of the first rule's exact matches; below 0 where more are won.</summary>
    public required double RelativeLoss { get; init; }

    /// <summary>Tokens of all middles over forward passes.</summary>
    public required double TokensPerForward { get; init; }

    /// <summary>The forward passes of all infills.</summary>
    public required long Forwards { get; init; }

    /// <summary>The mean time of an infill; the first rule computes each gap's context for all.</summary>
    public required double MsPerItem { get; init; }
}
