using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Benchmarks;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp bench</c>: measures the machine, the model on it, and what a user waits for. It judges nothing: a
/// figure means something beside others from the same machine.
/// </summary>
internal sealed class BenchCommand : Command
{
    private const int ForwardTokens = 512;
    private const int ColdRounds = 5;
    private const int DefaultSpans = 5000;
    private const double Mebibyte = 1 << 20;

    private readonly Terminal _terminal;
    private readonly Func<ModelChoice, IInfiller> _load;
    private readonly BenchProbes _probes;
    private readonly Option<string?> _model = SharedOptions.Model();
    private readonly Option<string?> _device = SharedOptions.Device();
    private readonly Option<string?> _dtype = SharedOptions.Dtype();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly Option<bool> _all = new("--all")
    {
        Description = "Measure how close the engine comes to what the machine allows; takes ten minutes, and a gigabyte of disk.",
    };

    private readonly Option<string?> _heldOut = new("--heldout")
    {
        Description = "With --all: the folder 'heldout' that 'diffusionlsp-train corpus' writes, to count tokens a pass on.",
        HelpName = "FOLDER",
    };

    private readonly Option<int?> _spans = new("--spans")
    {
        Description = "With --heldout: how many gaps of each kind to fill [default: 5000].",
        HelpName = "N",
        CustomParser = SharedOptions.WholeNumber(1),
    };

    private readonly Option<bool> _markdown = new("--markdown") { Description = "With --all: print a Markdown table." };

    private readonly Option<string?> _plot = new("--plot")
    {
        Description = "With --all: draw the time of a middle over its length.",
        HelpName = "FILE.svg",
    };

    private readonly Option<ColdWork?> _cold = new("--cold") { Hidden = true };

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="load">Loads the model; it runs on the thread that called.</param>
    /// <param name="probes">What it measures with.</param>
    public BenchCommand(Terminal terminal, Func<ModelChoice, IInfiller> load, BenchProbes probes)
        : base("bench", "Measure this machine and the model on it; leave the machine alone meanwhile.")
    {
        _terminal = terminal;
        _load = load;
        _probes = probes;
        foreach (Option option in new Option[] { _model, _device, _dtype, _json, _all, _heldOut, _spans, _markdown, _plot, _cold })
        {
            Add(option);
        }

        SetAction((parsed, token) => Task.FromResult(Run(parsed, token)));
    }

    private int Run(ParseResult parsed, CancellationToken token)
    {
        var choice = new ModelChoice(parsed.GetValue(_model), parsed.GetValue(_device)) { Dtype = parsed.GetValue(_dtype) };
        if (parsed.GetValue(_cold) is { } work)
        {
            BeCold(work, choice, token);
            return 0;
        }

        if (parsed.GetValue(_all))
        {
            Report(SpeedOf(choice, parsed).Measure(token), parsed);
            return 0;
        }

        var report = Measure(choice, token);
        if (parsed.GetValue(_json))
        {
            _terminal.Output.WriteRaw(JsonSerializer.Serialize(report, CliJson.Readable.BenchReport) + "\n");
        }
        else
        {
            _terminal.Output.Write(report.ToTable());
        }

        return 0;
    }

    private SpeedBench SpeedOf(ModelChoice choice, ParseResult parsed) => new()
    {
        Model = _probes.OptionsOf(choice),
        Load = () => _load(choice),
        Gaps = _probes.Gaps(),
        StepInProcess = folder => _probes.Cold(ArgumentsOf(ColdWork.Steps, new ModelChoice(folder, "cpu"))),
        HeldOut = parsed.GetValue(_heldOut),
        Spans = parsed.GetValue(_spans) ?? DefaultSpans,
        OnPart = part => _terminal.Error.WriteRaw($"measuring {part} …\n"),
    };

    private void Report(SpeedReport report, ParseResult parsed)
    {
        if (parsed.GetValue(_plot) is { } picture)
        {
            SpeedPlot.Write(picture, report);
        }

        if (parsed.GetValue(_json))
        {
            _terminal.Output.WriteRaw(JsonSerializer.Serialize(report, CliJson.Readable.SpeedReport) + "\n");
        }
        else if (parsed.GetValue(_markdown))
        {
            _terminal.Output.WriteRaw(report.ToMarkdown());
        }
        else
        {
            _terminal.Output.Write(report.ToTable());
            _terminal.Output.Write(report.ToTimeTable());
        }
    }

    /// <summary>The work of the process whose whole life the parent measures.</summary>
    private void BeCold(ColdWork work, ModelChoice choice, CancellationToken token)
    {
        switch (work)
        {
            case ColdWork.Matmul:
                _probes.LoadAndMultiply();
                break;
            case ColdWork.Steps:
                _probes.LoadAndStep(choice.Model ?? throw new BadInputException("Name a checkpoint's folder (--model)."));
                break;
            default:
                using (var infiller = _load(choice))
                {
                    infiller.Infill(RequestFor(_probes.Gaps()[0]), onStep: null, token);
                }

                break;
        }

        _terminal.Output.WriteRaw(ColdProcess.PeakMemoryBytes().ToString(CultureInfo.InvariantCulture));
    }

    private BenchReport Measure(ModelChoice choice, CancellationToken token)
    {
        // While this process is small and its threads have not begun to spin.
        var (matmul, infill) = MeasureCold(choice, token);
        using var infiller = _load(choice);
        var infills = MeasureInfills(infiller, token);
        var forward = _probes.Forward(infiller.Model, ForwardTokens);
        int forwards = infills.Sum(result => result.Forwards);
        return new BenchReport
        {
            Model = infiller.Model.Name,
            Device = infiller.Model.Device,
            Dtype = infiller.Model.Dtype,
            Parameters = infiller.Model.Parameters,
            GemmFp32Gflops = Math.Round(_probes.Matmul(infiller.Model.Device, "fp32"), 1),
            GemmGflops = Math.Round(_probes.Matmul(infiller.Model.Device, infiller.Model.Dtype), 1),
            ForwardTokens = forward.Tokens,
            ForwardMs = Math.Round(forward.Milliseconds, 2),
            ForwardGflops = Math.Round(forward.Gigaflops, 1),
            Infills = infills.Count,
            StepMs = Math.Round(infills.Sum(result => result.Milliseconds) / infills.Sum(result => result.Steps), 2),
            TokensPerForward = Math.Round(infills.Sum(result => (double)result.Tokens) / forwards, 3),
            SuggestionMs = Math.Round(Median(infills.Select(result => result.Milliseconds)), 1),
            ColdMatmulMs = Math.Round(Median(matmul.Select(run => run.Milliseconds)), 1),
            ColdInfillMs = Math.Round(Median(infill.Select(run => run.Milliseconds)), 1),
            PeakMemoryMib = Math.Round(infill.Max(run => run.PeakMemoryBytes) / Mebibyte, 1),
        };
    }

    private (List<ColdRun> Matmul, List<ColdRun> Infill) MeasureCold(ModelChoice choice, CancellationToken token)
    {
        // In turns, so that whatever else the machine does falls on both; the first of each only fills the file cache.
        var matmul = new List<ColdRun>();
        var infill = new List<ColdRun>();
        for (int round = 0; round <= ColdRounds; round++)
        {
            token.ThrowIfCancellationRequested();
            matmul.Add(_probes.Cold(ArgumentsOf(ColdWork.Matmul, choice)));
            infill.Add(_probes.Cold(ArgumentsOf(ColdWork.Infill, choice)));
        }

        return (matmul[1..], infill[1..]);
    }

    private string[] ArgumentsOf(ColdWork work, ModelChoice choice) =>
    [
        Name, _cold.Name, work.ToString(),
        .. choice.Model is { } model ? new[] { _model.Name, model } : [],
        .. choice.Device is { } device ? new[] { _device.Name, device } : [],
        .. choice.Dtype is { } dtype ? new[] { _dtype.Name, dtype } : [],
    ];

    private List<InfillResult> MeasureInfills(IInfiller infiller, CancellationToken token)
    {
        var gaps = _probes.Gaps();
        infiller.Infill(RequestFor(gaps[0]), onStep: null, token);
        return [.. gaps.Select(gap => infiller.Infill(RequestFor(gap), onStep: null, token))];
    }

    private static InfillRequest RequestFor(SampleGap gap)
    {
        var window = ContextWindow.Fit(gap.Prefix, gap.Suffix);
        return new InfillRequest { Prefix = window.Prefix, Suffix = window.Suffix };
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>What the benchmark measures with.</summary>
internal sealed record BenchProbes
{
    /// <summary>The gaps to fill; at least one.</summary>
    public required Func<IReadOnlyList<SampleGap>> Gaps { get; init; }

    /// <summary>Loads libtorch and multiplies two matrices.</summary>
    public required Action LoadAndMultiply { get; init; }

    /// <summary>Loads a checkpoint and takes a few steps with it.</summary>
    public required Action<string> LoadAndStep { get; init; }

    /// <summary>What a choice means to the engine.</summary>
    public required Func<ModelChoice, InfillerOptions> OptionsOf { get; init; }

    /// <summary>The rate of a matrix product on a device in a dtype, in GFLOP/s.</summary>
    public required Func<string, string, double> Matmul { get; init; }

    /// <summary>The rate of a model's forward pass over that many tokens.</summary>
    public required Func<ModelDescription, int, ForwardRate> Forward { get; init; }

    /// <summary>Runs this executable with arguments and measures it.</summary>
    public required Func<IReadOnlyList<string>, ColdRun> Cold { get; init; }
}
