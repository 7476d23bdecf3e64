using System.CommandLine;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Trust;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp infill FILE:LINE:COL</c>: fills the gap at a position, or replaces a range. It shows the infill
/// and leaves the file as it is.
/// </summary>
internal sealed class InfillCommand : Command
{
    private readonly Terminal _terminal;
    private readonly Func<ModelChoice, IInfiller> _load;
    private readonly Func<IReadOnlyList<CheckpointStatus>> _installed;

    private readonly Argument<FilePosition> _place = new("FILE:LINE:COL")
    {
        Description = "The gap, lines and columns from 1 as compilers print them.",
        CustomParser = FilePosition.Parse,
    };

    private readonly Option<LineColumn?> _to = new("--to")
    {
        Description = "Replace the text from the gap up to this position.",
        HelpName = "LINE:COL",
        CustomParser = LineColumn.Parse,
    };

    private readonly Option<string?> _model = SharedOptions.Model();
    private readonly Option<string?> _device = SharedOptions.Device();
    private readonly Option<string?> _dtype = SharedOptions.Dtype();
    private readonly Option<long?> _seed = new("--seed")
    {
        Description = "The seed of the noise; of no effect at temperature 0.",
        HelpName = "N",
        CustomParser = SharedOptions.WholeNumber(long.MinValue),
    };

    private readonly Option<int?> _maxTokens = new("--max-tokens")
    {
        Description = "The longest infill, in tokens [default: the model's].",
        HelpName = "N",
        CustomParser = SharedOptions.WholeNumber(1),
    };

    private readonly Option<double?> _temperature = new("--temperature")
    {
        Description = "0 takes the most probable token, more draws with seeded noise.",
        HelpName = "T",
        CustomParser = SharedOptions.Number(0, 100),
    };

    private readonly Option<double?> _threshold = new("--threshold")
    {
        Description = "Commit every token at least this confident, 0 to 1 [default: the model's].",
        HelpName = "P",
        CustomParser = SharedOptions.Number(0, 1),
    };

    private readonly RemoteOptions _remote = new();
    private readonly Option<bool> _showSteps = new("--show-steps") { Description = "Show the canvas sharpening step by step." };
    private readonly Option<SpanLengthSearch?> _spanLength = SharedOptions.SpanLength();
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="load">Loads the model; it runs on the thread that called.</param>
    /// <param name="installed">Looks for the models on this machine.</param>
    public InfillCommand(
        Terminal terminal, Func<ModelChoice, IInfiller> load, Func<IReadOnlyList<CheckpointStatus>> installed)
        : base("infill", "Fill the gap at a position of a file, or replace a range; the file stays as it is.")
    {
        _terminal = terminal;
        _load = load;
        _installed = installed;
        Add(_place);
        foreach (Option option in new Option[] { _to, _model, _device, _dtype, _seed, _maxTokens, _spanLength, _temperature, _threshold, _showSteps, _json })
        {
            Add(option);
        }

        _remote.AddTo(this);
        SetAction((parsed, token) => Task.FromResult(Run(parsed, token)));
    }

    private int Run(ParseResult parsed, CancellationToken token)
    {
        // The file comes first: a typing mistake should not cost the loading of a model.
        var place = parsed.GetRequiredValue(_place);
        var file = SourceFile.Read(place.File);
        var gap = GapOf(file, place.Position, parsed.GetValue(_to));
        var window = ContextWindow.Fit(file.Text.AsSpan(0, gap.Start), file.Text.AsSpan(gap.End));
        var request = new InfillRequest
        {
            Prefix = window.Prefix,
            Suffix = window.Suffix,
            MaxTokens = parsed.GetValue(_maxTokens),
            SpanLength = parsed.GetValue(_spanLength),
            ConfidenceThreshold = parsed.GetValue(_threshold),
            Temperature = parsed.GetValue(_temperature) ?? 0,
            Seed = parsed.GetValue(_seed) ?? 0,
        };
        ModelChoice choice = new(parsed.GetValue(_model), parsed.GetValue(_device))
        {
            Dtype = parsed.GetValue(_dtype),
            Engine = _remote.Read(parsed),
        };
        RequireOpen(place.File, choice);
        using var infiller = _load(choice);
        Warn(infiller.Model, SourceLanguage.OfFile(place.File));
        bool json = parsed.GetValue(_json);
        var result = parsed.GetValue(_showSteps)
            ? StepRenderer.Watch(json ? _terminal.Error : _terminal.Output, onStep => infiller.Infill(request, onStep, token))
            : infiller.Infill(request, onStep: null, token);
        result = result with { Middle = result.Middle.Replace("\n", file.LineEnding, StringComparison.Ordinal) };
        var output = new InfillOutput(_terminal, window, result, infiller.Model);
        if (json)
        {
            output.WriteJson();
        }
        else
        {
            output.WriteText();
        }

        return 0;
    }

    /// <summary>What holds secrets goes to no engine, not even to one on this machine.</summary>
    private static void RequireOpen(string file, ModelChoice choice)
    {
        if (choice.Engine is not null && DocumentRules.Usual.WhyLeftAlone(new Uri(Path.GetFullPath(file)).AbsoluteUri) is { } reason)
        {
            throw new BadInputException($"{file} {reason}: it is not sent to an engine. Leave out --engine to fill the gap here.");
        }
    }

    /// <summary>The user asked, so the model tries; but nobody should take what comes for the best it can do.</summary>
    private void Warn(ModelDescription model, SourceLanguage language)
    {
        if (!language.IsAmong(model.Languages))
        {
            string reason = LanguageGuard.ReasonFor(model, language, _installed);
            _terminal.Error.WriteRaw($"warning: {reason.ToDisplayText()}{Environment.NewLine}");
        }
    }

    private static (int Start, int End) GapOf(SourceFile file, LineColumn from, LineColumn? to)
    {
        int start = file.OffsetOf(from);
        int end = to is { } position ? file.OffsetOf(position) : start;
        return start <= end
            ? (start, end)
            : throw new BadInputException($"The range ends at {to} before it starts at {from}: swap the two positions.");
    }
}
