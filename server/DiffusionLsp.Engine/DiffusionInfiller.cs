using System.Collections.Frozen;
using System.Diagnostics;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Denoising.SpanLength;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Native;
using DiffusionLsp.Engine.Prompting;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine;

/// <summary>
/// Infills with a masked-diffusion model: text to tokens, the denoising loop, tokens to text. It holds no state
/// between requests, so the same request gives the same infill whatever came before.
/// </summary>
public sealed class DiffusionInfiller : IInfiller
{
    private const int LongestMiddle = 64;
    private const int FirstMasks = 16;
    private const int FixedMasks = 8;
    private const double EnoughConfidence = 0.9;
    private const SpanLengthSearch UsualSearch = SpanLengthSearch.Fixed;

    private readonly IMaskPredictor _predictor;
    private readonly CodeTokenizer _tokenizer;
    private readonly ModelConfig _config;
    private readonly UnmaskOrder _order;
    private readonly TokenRoles _roles;
    private readonly PromptBuilder _prompts;
    private readonly IReadOnlySet<int>? _blanks;

    /// <summary>Makes an infiller of its parts; it takes over the predictor.</summary>
    internal DiffusionInfiller(
        IMaskPredictor predictor, CodeTokenizer tokenizer, ModelConfig config, ModelDescription model)
    {
        _predictor = predictor;
        _tokenizer = tokenizer;
        _config = config;
        _order = OrderOf(config, model);
        _roles = RolesOf(config, tokenizer);
        _blanks = config.Diffusion.NeverBlank == true ? BlanksOf(config, tokenizer) : null;
        _prompts = new PromptBuilder(
            tokenizer, PromptLayout.For(config), model.ContextLength, _roles.LogitShift,
            config.Diffusion.HeaderTokens ?? 0);
        Model = model;
    }

    /// <inheritdoc/>
    public ModelDescription Model { get; }

    /// <summary>Loads a model.</summary>
    /// <exception cref="EngineException">It cannot be loaded; the message says what to do.</exception>
    public static DiffusionInfiller Load(InfillerOptions options)
    {
        // The tokenizer needs no libtorch, so the two load side by side: a tenth of a second for the first suggestion.
        var loading = Task.Run(() => CodeTokenizer.Load(options.ModelFolder));
        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(options.ModelFolder);
        var config = options.Card.Complete(checkpoint.Config);
        var tokenizer = loading.GetAwaiter().GetResult();

        var (device, dtype) = TorchRuntime.SelectPlace(
            ModelShape.Of(config, options.ContextTokens), options.Device, options.Dtype);
        var description = new ModelDescription(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.ModelFolder))),
            options.ModelFolder,
            config.ModelType,
            device.ToString(),
            dtype.Name(),
            checkpoint.ParameterCount,
            Math.Min(config.MaxPositionEmbeddings, options.ContextTokens))
        {
            Languages = config.Languages,
            ConfidenceFloor = config.Diffusion.ConfidenceFloor,
            FollowsInstructions = config.Diffusion.FollowsInstructions ?? false,
        };
        return new DiffusionInfiller(
            MaskPredictors.Load(
                checkpoint, new Placement(device, TorchRuntime.ComputedType(dtype, device)), description.ContextLength,
                new PredictorLoading
                {
                    Caching = options.Caching,
                    Format = dtype == WeightDtype.Int8 ? WeightFormat.Int8 : WeightFormat.AsTheyAre,
                    OnLoaded = options.OnLoaded,
                }),
            tokenizer, config, description);
    }

    /// <inheritdoc/>
    public InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        Check(request);
        bool takesLines = _config.Diffusion.WholeLineGaps == true && WholeLineGap.Is(request);
        return takesLines
            ? WholeLineGap.Ended(Fill(WholeLineGap.Open(request), onStep, token), request)
            : Fill(request, onStep, token);
    }

    private InfillResult Fill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        var clock = Stopwatch.StartNew();
        int longest = request.MaxTokens ?? _config.Diffusion.MaxNewTokens ?? LongestMiddle;
        var filled = new SpanFiller(_predictor, _roles, TakeSpan, _blanks, _config.Diffusion.LengthBias ?? LengthBias.DreamCoder).Fill(
            new SpanWish(SearchFor(request), longest)
            {
                Masks = request.InitialMasks ?? _config.Diffusion.InitialMasks ?? DefaultMasks,
                MaxForwards = request.MaxForwards,
            },
            onStep,
            token);
        var result = filled.Result;
        string middle = SuffixEcho.Cut(request.Prefix, filled.Span.Text.Middle(result.Cells), request.Suffix);
        return new InfillResult
        {
            Middle = middle,
            Outcome = middle.Length == 0 ? InfillOutcome.Empty : InfillOutcome.Filled,
            Steps = result.Steps,
            Forwards = filled.Forwards,
            Tokens = result.Cells.Count,
            Milliseconds = clock.Elapsed.TotalMilliseconds,
            Confidence = result.Cells.Count == 0 ? 0 : result.Cells.Average(cell => cell.Confidence),
            Likelihood = result.Cells.Count == 0 ? 0 : result.Cells.Aggregate(1.0, (all, cell) => all * cell.Confidence),
            Seed = request.Seed,
        };

        NewSpan TakeSpan()
        {
            var prompt = _prompts.Build(request.Prefix, request.Suffix, longest, request.ContextTokens);
            return new NewSpan(prompt, Options(request, longest, prompt), new SpanText(_tokenizer, prompt.Left, prompt.Right));
        }
    }

    // A model that expands or deletes finds the length itself.
    private SpanLengthSearch SearchFor(InfillRequest request) => _roles.Delete is not null || _roles.Expand is not null
        ? SpanLengthSearch.Fixed
        : request.SpanLength ?? _config.Diffusion.SpanLength ?? UsualSearch;

    /// <inheritdoc/>
    public void Dispose() => _predictor.Dispose();

    private int DefaultMasks => _roles.Delete is null ? FixedMasks : FirstMasks;

    /// <summary>What finds the request's drafts; null where the model does not believe in any.</summary>
    private DraftFinder? DraftsOf(InfillRequest request, InfillPrompt prompt)
    {
        double believed = request.DraftLogOdds ?? _config.Diffusion.DraftLogOdds ?? 0;
        return believed == 0 ? null : new DraftFinder(_tokenizer, request, prompt, believed, _roles.Delete);
    }

    private DenoisingOptions Options(InfillRequest request, int longest, InfillPrompt prompt) => new()
    {
        LongestSpan = longest + prompt.SeamCells,
        ExpansionBudget = longest,
        Drafts = DraftsOf(request, prompt) is { } finder ? finder.Behind : null,
        Blanks = _blanks,
        Order = _order,
        Rule = RuleOf(request, _config.Diffusion),
        MaxForwards = request.MaxForwards ?? int.MaxValue,
        Temperature = request.Temperature,
        Seed = request.Seed,
    };

    private static CommitRule RuleOf(InfillRequest request, DiffusionSettings model) => (request, model) switch
    {
        ({ CommitRule: { } rule }, _) => CommitRule.Parse(rule),
        ({ ConfidenceThreshold: { } enough }, _) => new CommitRule(CommitRuleKind.Threshold, enough),
        (_, { CommitRule: { } rule }) => CommitRule.Parse(rule),
        _ => new CommitRule(CommitRuleKind.Threshold, model.ConfidenceThreshold ?? EnoughConfidence),
    };

    private static void Check(InfillRequest request)
    {
        Require(request.MaxTokens is null or >= 1, "longest middle (--max-tokens)", "1 or more tokens");
        Require(request.InitialMasks is null or >= 1, "number of initial masks", "1 or more");
        Require(request.ContextTokens is null or >= 1, "number of context tokens", "1 or more");
        Require(request.MaxForwards is null or >= 1, "number of forward passes", "1 or more");
        Require(request.ConfidenceThreshold is null or (>= 0 and <= 1), "confidence threshold", "between 0 and 1");
        Require(request.DraftLogOdds is null or (>= 0 and <= 100), "belief in drafts", "between 0 and 100");
        Require(request.Temperature >= 0 && double.IsFinite(request.Temperature), "temperature", "0 or more");
    }

    private static void Require(bool holds, string option, string range)
    {
        if (!holds)
        {
            throw new EngineException($"The {option} must be {range}.");
        }
    }

    private static UnmaskOrder OrderOf(ModelConfig config, ModelDescription model)
    {
        string name = config.Diffusion.UnmaskOrder ?? "confidence";
        return UnmaskOrders.Find(name) ?? throw new CheckpointException(
            $"{Path.Combine(model.Folder, ModelConfig.FileName)}: diffusion.unmask_order: '{name}' is not known; "
            + $"known are {UnmaskOrders.Names}.");
    }

    private static TokenRoles RolesOf(ModelConfig config, CodeTokenizer tokenizer)
    {
        int?[] working = [config.DeleteTokenId, config.ExpandTokenId];
        return new TokenRoles
        {
            Mask = config.MaskTokenId,
            Delete = config.DeleteTokenId,
            Expand = config.ExpandTokenId,
            LogitShift = config.LogitShift ? 1 : 0,

            // Begin, end and padding are among the tokenizer's special tokens, unless a config names plain text so.
            NeverSampled =
            [
                .. Enumerable.Range(0, config.VocabSize).Where(id => tokenizer.IsSpecial(id) && !working.Contains(id)),
            ],
        };
    }

    private static FrozenSet<int> BlanksOf(ModelConfig config, CodeTokenizer tokenizer) =>
        Enumerable.Range(0, config.VocabSize)
            .Where(id => !tokenizer.IsSpecial(id) && tokenizer.TokenBytes(id).All(typed => typed is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            .ToFrozenSet();
}
