using System.CommandLine;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Completion.Context;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Evaluation;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp eval SUITE</c>: how good a model's infills are, beside copying from the same file. It measures what
/// the engine returns; how fast it is on this machine is <c>bench</c>'s matter.
/// </summary>
internal sealed class EvalCommand : Command
{
    private readonly Terminal _terminal;
    private readonly Func<ModelChoice, IInfiller> _load;
    private readonly EvalTools _tools;

    private readonly Argument<string> _suite = new("SUITE") { Description = $"{EvalSuites.Names}, or a .jsonl(.gz) file of HumanEval-Infilling's fields." };
    private readonly Option<string?> _model = SharedOptions.Model();
    private readonly Option<string?> _device = SharedOptions.Device();
    private readonly Option<string?> _dtype = SharedOptions.Dtype();
    private readonly Option<string?> _heldOut = new("--heldout")
    {
        Description = $"The folder 'heldout' that 'diffusionlsp-train corpus' writes, for {string.Join(", ", HeldOutSuite.Names)}.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _language = new Option<string?>("--language")
    {
        Description = "The held-out language; javascript includes typescript [default: python].",
        HelpName = string.Join('|', HeldOutSuite.Languages),
    };

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = "The most gaps [default: all of a file, 400 of held-out text].",
        HelpName = "N",
        CustomParser = SharedOptions.WholeNumber(1),
    };

    private readonly Option<int?> _seed = new("--seed")
    {
        Description = "The seed with which held-out gaps are drawn [default: 1].",
        HelpName = "S",
        CustomParser = SharedOptions.WholeNumber(0),
    };

    private readonly Option<string[]> _commit = new("--commit")
    {
        Description = "How many tokens a step commits: threshold:P, factor:F, entropy:NATS or margin:P; several are compared, gap by "
            + "gap, with the first [default: the model's].",
        HelpName = "RULE",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<Caching> _caching = new("--caching")
    {
        Description = "kept, or none to compute the whole canvas in every step.",
        HelpName = "kept|none",
    };

    private readonly Option<double?> _threshold = new("--threshold")
    {
        Description = "Commit every token at least this confident, 0 to 1 [default: the model's].",
        HelpName = "P",
        CustomParser = SharedOptions.Number(0, 1),
    };

    private readonly Option<int?> _maxForwards = new("--max-forwards")
    {
        Description = "Spend at most so many forward passes on a gap, as a time budget does [default: as many as the model wants].",
        HelpName = "N",
        CustomParser = SharedOptions.WholeNumber(1),
    };

    private readonly Option<double?> _draft = new("--draft-log-odds")
    {
        Description = "Belief in drafts copied from the file; 0 leaves the model alone [default: the model's].",
        HelpName = "X",
        CustomParser = SharedOptions.Number(0, 100),
    };

    private readonly Option<int?> _openFiles = new("--open-files")
    {
        Description = "Let so many other files of its package stand beside each held-out gap [default: 0].",
        HelpName = "N",
        CustomParser = SharedOptions.WholeNumber(0),
    };

    private readonly Option<bool> _noSuffix = new("--no-suffix") { Description = "Hide the text behind the gap from the model." };
    private readonly Option<int?> _show = new("--show")
    {
        Description = "Print the first gaps with the author's middle, the model's and the copied one.",
        HelpName = "N",
        CustomParser = SharedOptions.WholeNumber(0),
    };

    private readonly Option<string?> _items = new("--items")
    {
        Description = "Write a line of JSON for each gap: exact, confidence, likelihood, tokens, forwards.",
        HelpName = "FILE",
    };

    private readonly Option<SpanLengthSearch?> _spanLength = SharedOptions.SpanLength();
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="load">Loads the model; it runs on the thread that called.</param>
    /// <param name="tools">What it evaluates with.</param>
    public EvalCommand(Terminal terminal, Func<ModelChoice, IInfiller> load, EvalTools tools)
        : base("eval", "Measure how good a model's infills are. What the engine returns is scored, not what an editor's filters leave of it.")
    {
        _terminal = terminal;
        _load = load;
        _tools = tools;
        Add(_suite);
        foreach (Option option in new Option[]
            {
                _model, _device, _dtype, _heldOut, _language, _limit, _seed, _threshold, _commit, _caching, _maxForwards, _spanLength, _draft,
                _openFiles, _noSuffix, _show, _items, _json,
            })
        {
            Add(option);
        }

        SetAction((parsed, token) => Task.FromResult(Run(parsed, token)));
    }

    private int Run(ParseResult parsed, CancellationToken token)
    {
        // The items come first: a typing mistake should not cost the loading of a model.
        int seed = parsed.GetValue(_seed) ?? 1;
        var suite = EvalSuites.Open(
            new SuiteChoice(
                parsed.GetRequiredValue(_suite), parsed.GetValue(_heldOut), parsed.GetValue(_language), parsed.GetValue(_limit), seed)
            {
                OpenFiles = parsed.GetValue(_openFiles) ?? 0,
            },
            _tools.Folder);
        if (parsed.GetValue(_commit) is { Length: > 1 } rules)
        {
            Compare(suite, rules, parsed, token);
            return 0;
        }

        var score = new EvalScore(suite, RunnerFor(suite));
        using var items = OpenItems(parsed.GetValue(_items));
        using var infiller = Load(parsed);
        var shown = new List<string>();
        Watch(suite, item =>
        {
            var infill = infiller.Infill(RequestFor(item, parsed, parsed.GetValue(_commit)?.FirstOrDefault()), onStep: null, token);
            bool isExact = score.Add(item, infill, token);
            items?.WriteLine(JsonSerializer.Serialize(ScoredItem.Of(infill, isExact), CliJson.Readable.ScoredItem));
            if (shown.Count < (parsed.GetValue(_show) ?? 0))
            {
                shown.Add(ToText(item, infill));
            }
        });
        bool json = parsed.GetValue(_json);
        (json ? _terminal.Error : _terminal.Output).WriteRaw(string.Concat(shown));
        var report = EvalReport.Of(suite, score, infiller.Model.Name, seed);
        if (json)
        {
            _terminal.Output.WriteRaw(JsonSerializer.Serialize(report, CliJson.Readable.EvalReport) + "\n");
        }
        else
        {
            _terminal.Output.Write(report.ToTable());
        }

        return 0;
    }

    private IInfiller Load(ParseResult parsed) => _load(
        new ModelChoice(parsed.GetValue(_model), parsed.GetValue(_device)) { Dtype = parsed.GetValue(_dtype), Caching = parsed.GetValue(_caching) });

    /// <summary>Prints a row for each rule.</summary>
    private void Compare(EvalSuite suite, string[] rules, ParseResult parsed, CancellationToken token)
    {
        using var infiller = Load(parsed);
        var curve = new CommitCurve(suite, rules);
        Watch(suite, item =>
        {
            var request = RequestFor(item, parsed, rule: null);
            curve.Add(item, rule => infiller.Infill(request with { CommitRule = rule }, onStep: null, token));
        });
        if (parsed.GetValue(_json))
        {
            string lines = string.Concat(
                curve.Rows.Select(row => JsonSerializer.Serialize(row, CliJson.Readable.CommitCurveRow) + "\n"));
            _terminal.Output.WriteRaw(lines);
        }
        else
        {
            _terminal.Output.Write(CommitCurveTable.Of(suite, curve.Rows));
        }
    }

    private InfillRequest RequestFor(EvalItem item, ParseResult parsed, string? rule) => new()
    {
        Prefix = item.Prefix,
        Suffix = parsed.GetValue(_noSuffix) ? "" : item.Suffix,
        Related = RelatedText.Find(ContextWindow.Fit(item.Prefix, item.Suffix), item.OpenFiles.Select(text => new PassageIndex(text))),
        SpanLength = parsed.GetValue(_spanLength),
        ConfidenceThreshold = parsed.GetValue(_threshold),
        CommitRule = rule,
        MaxForwards = parsed.GetValue(_maxForwards),
        DraftLogOdds = parsed.GetValue(_draft),
    };

    private Func<string, CancellationToken, bool>? RunnerFor(EvalSuite suite)
    {
        if (suite.Items.All(item => item.Test is null))
        {
            return null;
        }

        var search = _tools.FindSandbox();
        if (search.Passes is null)
        {
            _terminal.Error.WriteRaw($"No pass@1: {search.Problem.ToDisplayText()}{Environment.NewLine}");
        }

        return search.Passes;
    }

    /// <summary>Does every item, with a bar for whoever watches a terminal.</summary>
    private void Watch(EvalSuite suite, Action<EvalItem> evaluate)
    {
        if (!_terminal.Error.IsLive())
        {
            foreach (var item in suite.Items)
            {
                evaluate(item);
            }

            return;
        }

        var progress = _terminal.Error.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
        progress.Start(bars =>
        {
            var bar = bars.AddTask(Markup.Escape(suite.Name), maxValue: suite.Items.Count);
            foreach (var item in suite.Items)
            {
                evaluate(item);
                bar.Increment(1);
            }
        });
    }

    private static StreamWriter? OpenItems(string? path)
    {
        try
        {
            return path is null ? null : new StreamWriter(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be written: {e.Message}");
        }
    }

    private static string ToText(EvalItem item, InfillResult infill)
    {
        string typed = item.Prefix[(item.Prefix.LastIndexOf('\n') + 1)..];
        return $"{OneLine(typed)}│{OneLine(item.Truth)}\n"
            + $"  model   {OneLine(infill.Middle)}\n  copied  {OneLine(LineCopy.ByAgreement(item.Prefix, item.Lines))}\n";
    }

    private static string OneLine(string text) => text.ToDisplayText().Replace('\n', '↵');
}

/// <summary>How one gap went: a line of <c>--items</c>.</summary>
/// <param name="Exact">Whether the middle is the author's.</param>
/// <param name="Confidence">The mean confidence of its tokens.</param>
/// <param name="Likelihood">The product of their confidences.</param>
/// <param name="Tokens">Their number.</param>
/// <param name="Forwards">Forward passes of the network.</param>
internal sealed record ScoredItem(bool Exact, double Confidence, double Likelihood, int Tokens, int Forwards)
{
    /// <summary>The line for an infill.</summary>
    public static ScoredItem Of(InfillResult infill, bool isExact) =>
        new(isExact, infill.Confidence, infill.Likelihood, infill.Tokens, infill.Forwards);
}

/// <summary>What the evaluation works with.</summary>
internal sealed record EvalTools
{
    /// <summary>Where the files of HumanEval-Infilling lie.</summary>
    public required string Folder { get; init; }

    /// <summary>Looks for a way to run the programs that a model completed.</summary>
    public required Func<SandboxSearch> FindSandbox { get; init; }
}
