using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// The measurements of <c>bench --all</c>: how close the engine comes to what the machine allows, and what is gained over a token
/// a pass. It takes ten minutes on two cores, and an hour or more with held-out text.
/// </summary>
internal sealed class SpeedBench
{
    private const int Positions = 1000;
    private const int MostGaps = 10;

    private static readonly int[] s_middles = [8, 32, 128];

    /// <summary>The model to measure.</summary>
    public required InfillerOptions Model { get; init; }

    /// <summary>Loads it as the product does.</summary>
    public required Func<IInfiller> Load { get; init; }

    /// <summary>Gaps in sample files.</summary>
    public required IReadOnlyList<SampleGap> Gaps { get; init; }

    /// <summary>Measures a process that works with a checkpoint; of its memory.</summary>
    public required Func<string, ColdRun> StepInProcess { get; init; }

    /// <summary>The folder of held-out text; null where none was named.</summary>
    public string? HeldOut { get; init; }

    /// <summary>How many gaps of it are filled, of each kind.</summary>
    public int Spans { get; init; }

    /// <summary>Told before each part what it is.</summary>
    public required Action<string> OnPart { get; init; }

    /// <summary>Measures everything.</summary>
    public SpeedReport Measure(CancellationToken token)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"diffusionlsp-bench-{Environment.ProcessId}");
        try
        {
            return Measure(folder, token);
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private SpeedReport Measure(string folder, CancellationToken token)
    {
        OnPart("a checkpoint of a gigabyte, its loading and its memory");
        CheckpointBenchmark.Write(folder);
        var asComputed = CheckpointBenchmark.Measure(folder, "auto");
        var asStored = CheckpointBenchmark.Measure(folder, "bf16");
        var process = StepInProcess(folder);
        OnPart("the 0.5 B shape");
        var shape = MeasureShape(token);
        OnPart("eight bits");
        var (whole, rounded) = Int8Benchmark.InfillMilliseconds(folder, token);
        double agreement = Int8Benchmark.Agreement(Model, Gaps.Select(gap => gap.Prefix + gap.Suffix).Distinct(), Positions, token);
        OnPart("middles of 8, 32 and 128 tokens");
        var middles = MeasureMiddles(token);
        var line = Compare("rest-of-line", token);
        var block = Compare("lines", token);
        return new SpeedReport
        {
            Processor = TorchRuntime.Inspect().ProcessorFeatures,
            Dtype = shape.Dtype,
            Shape = shape,
            ForwardOverGemms = Rounded(shape.ForwardMs / shape.ForwardGemmsMs),
            StepOverGemms = Rounded(shape.StepMs / shape.StepGemmsMs),
            StepOverForward = Rounded(shape.StepMs / shape.ForwardMs),
            TokenStepOverBandwidth = Rounded(shape.TokenStepMs / shape.TokenFloorMs),
            LoadOverRead = Rounded(asComputed.LoadMilliseconds / asComputed.ReadMilliseconds),
            LoadOverReadAsStored = Rounded(asStored.LoadMilliseconds / asStored.ReadMilliseconds),
            MemoryOverWeights = Rounded((double)process.PeakMemoryBytes / CheckpointBenchmark.WeightBytes("auto")),
            Int8Memory = Rounded((double)Int8Benchmark.Bytes() / CheckpointBenchmark.WeightBytes("bf16")),
            Int8Agreement = Rounded(agreement),
            Int8Time = Rounded(rounded / whole),
            Middles = middles,
            Spans = line?.N ?? 0,
            TokensPerForwardLine = line?.TokensPerForward,
            LineRelativeLoss = line?.RelativeLoss,
            TokensPerForwardBlock = block?.TokensPerForward,
            BlockRelativeLoss = block?.RelativeLoss,
        };
    }

    private ShapeRates MeasureShape(CancellationToken token)
    {
        using var shape = ShapeBenchmark.Make(Model.Device, "auto");
        return shape.Measure(token);
    }

    private Dictionary<int, MiddleTimes> MeasureMiddles(CancellationToken token)
    {
        using var middles = new MiddleBenchmark(Model);
        (string, string)[] gaps = [.. Gaps.Take(MostGaps).Select(gap => (gap.Prefix, gap.Suffix))];
        return s_middles.ToDictionary(tokens => tokens, tokens => middles.Measure(gaps, tokens, token));
    }

    /// <summary>The model's own rule against one commit a step, on gaps of all languages; null without held-out text.</summary>
    private CommitCurveRow? Compare(string suite, CancellationToken token)
    {
        if (HeldOut is null)
        {
            return null;
        }

        OnPart($"{Spans} held-out gaps: {suite}");
        using var infiller = Load();
        var languages = HeldOutSuite.Languages.ToList();
        CommitCurve? curve = null;
        for (int i = 0; i < languages.Count; i++)
        {
            int limit = (Spans / languages.Count) + (i < Spans % languages.Count ? 1 : 0);
            var items = EvalSuites.Open(new SuiteChoice(suite, HeldOut, languages[i], limit, Seed: 1), folder: "");
            // The careful rule comes first; the other is the model's own.
            curve ??= new CommitCurve(items, [InfillRequest.OneTokenAStep, ""]);
            foreach (var item in items.Items)
            {
                curve.Add(item, rule => infiller.Infill(
                    new InfillRequest { Prefix = item.Prefix, Suffix = item.Suffix, CommitRule = rule.Length == 0 ? null : rule },
                    onStep: null, token));
            }
        }

        return curve!.Rows[1];
    }

    private static double Rounded(double figure) => Math.Round(figure, 3);
}
