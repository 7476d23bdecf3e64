using CsCheck;
using DiffusionLsp.Engine.Denoising;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>What holds for every network, tried with networks that talk noise.</summary>
public class DenoiserTests
{
    private const int Vocabulary = 24;
    private const int Mask = 20;
    private const int Delete = 21;
    private const int Expand = 22;
    private const int Control = 23;

    public DenoiserTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void It_ends_within_its_bound_and_writes_nothing_but_tokens_of_text()
    {
        Trials.Sample(trial =>
        {
            var canvas = trial.NewCanvas();
            using var predictor = trial.NewPredictor();

            var result = new Denoiser(predictor, trial.Roles).Denoise(canvas, trial.Options, [], null, default);

            int cells = Math.Max(trial.Masks, trial.Options.LongestSpan);
            int bound = Math.Min(trial.Options.MaxForwards, cells + (2 * trial.Options.ExpansionBudget));
            Assert.InRange(result.Forwards, 1, bound);
            Assert.Equal(predictor.Forwards, result.Forwards);
            Assert.InRange(result.Cells.Count, 0, cells);
            Assert.All(result.Cells, cell => Assert.InRange(cell.TokenId, 0, Mask - 1));
            Assert.All(result.Cells, cell => Assert.InRange(cell.Confidence, 0, 1));
            Assert.Equal(
                [.. trial.Prefix, .. result.Cells.Select(cell => cell.TokenId), .. trial.Suffix], canvas.Ids);
        });
    }

    [Fact]
    public void Every_step_commits_something_and_a_committed_token_stays()
    {
        Trials.Sample(trial =>
        {
            using var predictor = trial.NewPredictor();
            List<int> before = [];
            int steps = 0;

            new Denoiser(predictor, trial.Roles).Denoise(trial.NewCanvas(), trial.Options, [], Check, default);

            void Check(IReadOnlyList<SpanCell> cells)
            {
                List<int> old = [.. cells.Where(cell => cell.State == CellState.Committed).Select(cell => cell.TokenId)];
                Assert.Equal(before, old);
                Assert.All(cells, cell => Assert.Equal(cell.TokenId == Mask, cell.State == CellState.Masked));
                before = [.. cells.Where(cell => cell.State != CellState.Masked).Select(cell => cell.TokenId)];
                steps++;
                Assert.True(trial.Roles.Delete is not null || trial.Roles.Expand is not null || before.Count >= steps);
            }
        });
    }

    [Fact]
    public void Where_passes_are_few_each_step_does_its_share()
    {
        using var predictor = new ScriptedPredictor((_, rows, _) => [.. rows.Select(_ => new float[Vocabulary])]);
        List<int> left = [];
        var options = new DenoisingOptions { LongestSpan = 8, ExpansionBudget = 0, Rule = CommitRule.OneAtATime, MaxForwards = 3 };

        new Denoiser(predictor, new TokenRoles { Mask = Mask }).Denoise(
            new Canvas([1], 8, [2], Mask), options, [], cells => left.Add(cells.Count(cell => cell.State == CellState.Masked)),
            TestContext.Current.CancellationToken);

        Assert.Equal([5, 2, 0], left);
    }

    [Fact]
    public void The_same_canvas_gives_the_same_tokens_twice()
    {
        Trials.Sample(trial => Assert.Equal(Run(trial), Run(trial)));

        static IReadOnlyList<SpanCell> Run(Trial trial)
        {
            using var predictor = trial.NewPredictor();
            var denoiser = new Denoiser(predictor, trial.Roles);
            return denoiser.Denoise(trial.NewCanvas(), trial.Options, [], null, default).Cells;
        }
    }

    [Fact]
    public void Another_seed_gives_other_tokens_above_temperature_0_only()
    {
        Assert.Equal(Run(0, 1), Run(0, 2));
        Assert.Equal(Run(1, 1), Run(1, 1));
        Assert.NotEqual(Run(1, 1), Run(1, 2));

        static List<int> Run(double temperature, long seed)
        {
            using var predictor = new ScriptedPredictor((_, rows, _) => [.. rows.Select(_ => new float[Vocabulary])]);
            var options = new DenoisingOptions
            {
                LongestSpan = 16, ExpansionBudget = 0, Temperature = temperature, Seed = seed,
            };
            var cells = new Denoiser(predictor, new TokenRoles { Mask = Mask })
                .Denoise(new Canvas([1], 16, [2], Mask), options, [], null, default).Cells;
            return [.. cells.Select(cell => cell.TokenId)];
        }
    }

    [Fact]
    public void A_token_cancelled_before_the_start_makes_no_forward_pass()
    {
        using var predictor = Trial.Default.NewPredictor();

        Assert.Throws<OperationCanceledException>(() => new Denoiser(predictor, Trial.Default.Roles).Denoise(
            Trial.Default.NewCanvas(), Trial.Default.Options, [], null, new CancellationToken(canceled: true)));

        Assert.Equal(0, predictor.Forwards);
    }

    [Fact]
    public void Cancelling_within_a_forward_pass_ends_the_loop_there()
    {
        using var source = new CancellationTokenSource();
        using var predictor = Trial.Default.NewPredictor(forward => CancelIn(2, forward, source));
        int steps = 0;

        Assert.Throws<OperationCanceledException>(() => new Denoiser(predictor, Trial.Default.Roles).Denoise(
            Trial.Default.NewCanvas(), Trial.Default.Options, [], _ => steps++, source.Token));

        Assert.Equal((2, 1), (predictor.Forwards, steps));
    }

    [Fact]
    public void A_hundred_canvases_leave_no_tensor_behind_although_one_is_cancelled()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 100; i++)
        {
            using var source = new CancellationTokenSource();
            int run = i;
            using var predictor = Trial.Default.NewPredictor(forward => CancelIn(run == 50 ? 2 : 0, forward, source));
            var record = Record.Exception(() => new Denoiser(predictor, Trial.Default.Roles).Denoise(
                Trial.Default.NewCanvas(), Trial.Default.Options with { Temperature = run % 2 }, [], null, source.Token));
            Assert.Equal(run == 50, record is OperationCanceledException);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void CancelIn(int forward, int now, CancellationTokenSource source)
    {
        if (forward == now)
        {
            source.Cancel();
        }
    }

    private static readonly Gen<Trial> Trials =
        from prefix in Gen.Int[0, Mask - 1].Array[1, 4]
        from suffix in Gen.Int[0, Mask - 1].Array[0, 4]
        from masks in Gen.Int[1, 8]
        from longest in Gen.Int[1, 12]
        from budget in Gen.Int[0, 8]
        from shift in Gen.Int[0, 1]
        from delete in Gen.OneOf<int?>(Delete, null)
        from expand in Gen.OneOf<int?>(Expand, null)
        from order in Gen.Enum<UnmaskOrder>()
        from threshold in Gen.OneOf(0, 0.1, 0.5, 0.9, 2)
        from forwards in Gen.OneOf(1, 2, 5, int.MaxValue)
        from temperature in Gen.OneOf(0, 0.7)
        from seed in Gen.Int[0, 1000]
        from sharpness in Gen.OneOf(0.5f, 4f, 40f)
        select new Trial(prefix, suffix, masks, seed, sharpness)
        {
            Roles = new TokenRoles
            {
                Mask = Mask,
                Delete = delete,
                Expand = expand,
                NeverSampled = [Control, .. new[] { Delete, Expand }.Where(id => id != delete && id != expand)],
                LogitShift = shift,
            },
            Options = new DenoisingOptions
            {
                LongestSpan = longest,
                ExpansionBudget = budget,
                Order = order,
                Rule = new CommitRule(CommitRuleKind.Threshold, threshold),
                MaxForwards = forwards,
                Temperature = temperature,
                Seed = seed,
            },
        };

    /// <summary>A canvas, a setting, and a network of random answers, the same to the same question.</summary>
    private sealed record Trial(int[] Prefix, int[] Suffix, int Masks, int Seed, float Sharpness)
    {
        public static Trial Default { get; } = new([1, 2], [3], 6, 1, 1)
        {
            Roles = new TokenRoles { Mask = Mask },
            Options = new DenoisingOptions { LongestSpan = 8, ExpansionBudget = 8, Rule = CommitRule.OneAtATime },
        };

        public required TokenRoles Roles { get; init; }

        public required DenoisingOptions Options { get; init; }

        public Canvas NewCanvas() => new(Prefix, Masks, Suffix, Mask);

        public ScriptedPredictor NewPredictor(Action<int>? onForward = null) =>
            new((_, rows, forward) => [.. rows.Select(row => Noise(row, forward))]) { OnForward = onForward };

        private float[] Noise(int row, int forward)
        {
            var noise = new SeededNoise(Seed, forward, row);
            return [.. Enumerable.Range(0, Vocabulary).Select(id => Sharpness * (float)noise.Gumbel(id))];
        }
    }
}
