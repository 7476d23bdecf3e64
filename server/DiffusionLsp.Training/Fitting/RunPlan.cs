using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Training.Corpus;
using TorchSharp;

namespace DiffusionLsp.Training.Fitting;

/// <summary>What somebody asks of a run, new or not.</summary>
internal sealed record RunRequest
{
    /// <summary>The corpus's folder.</summary>
    public required string Corpus { get; init; }

    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The tokenizer.json that the corpus was made with.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The network; null: the one that the run has.</summary>
    public ModelConfig? Config { get; init; }

    /// <summary>Options to set, by their names.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonNode?>> Settings { get; init; } = [];

    /// <summary>The folder of the weights to begin with; null: fresh ones, or whatever the run began with.</summary>
    public string? From { get; init; }
}

/// <summary>
/// A run that can be done: everything that a request says was read and checked, against the corpus and against what
/// the run's folder holds. Nothing is written before <see cref="Run"/>.
/// </summary>
internal sealed class RunPlan
{
    private readonly RunRequest _request;
    private readonly ModelConfig _config;
    private readonly RunFile _file;
    private readonly SpanTokens _tokens;

    private RunPlan(RunRequest request, ModelConfig config, RunFile file, SpanTokens tokens)
    {
        _request = request;
        _config = config;
        _file = file;
        _tokens = tokens;
    }

    /// <summary>The options, those of a begun run included.</summary>
    public FitOptions Options => _file.Options;

    /// <summary>The weights that the run begins or began with; null: fresh ones.</summary>
    public WarmStart? From => _file.From;

    /// <summary>The run's folder.</summary>
    public TrainingRun Folder => new(_request.Folder);

    /// <summary>Reads and checks all that the run needs.</summary>
    /// <exception cref="EngineException">Something is missing, damaged, or does not fit the rest.</exception>
    public static RunPlan For(RunRequest request)
    {
        var run = new TrainingRun(request.Folder);
        var recorded = File.Exists(run.OptionsPath) ? RunFile.Load(run.OptionsPath) : null;
        var config = recorded is null ? NewConfig(request, run) : RecordedConfig(request, run);
        var manifest = CheckedCorpus(request, run, recorded);
        var options = FitSettings.Apply(recorded?.Options ?? new FitOptions(), request.Settings);
        if (recorded is not null)
        {
            FitSettings.RequireResumable(recorded.Options, options, request.Folder);
        }

        var from = CheckedStart(request, recorded, config);
        var tokens = CheckedTokens(request, manifest, config, options);
        return new RunPlan(request, config, new RunFile(options, manifest.CorpusSha256, from), tokens);
    }

    /// <summary>Does the run, from where it stands to its end or to a cancel.</summary>
    public void Run(FitDisplay display, CancellationToken token)
    {
        TorchRuntime.EnsureLoaded();
        var run = new TrainingRun(_request.Folder);
        using var corpus = PreparedCorpus.Open(_request.Corpus);
        var training = new SpanBatcher(corpus.Training, Options, _tokens);
        var heldOut = new SpanBatcher(corpus.HeldOut, Options, _tokens);
        using var state = NewState(run, display.Warn);
        Directory.CreateDirectory(run.Folder);
        _config.Save(run.Folder);
        _file.Save(run.OptionsPath);
        new FitLoop(run, Options, state, training, heldOut, display).Run(token);
    }

    private static ModelConfig NewConfig(RunRequest request, TrainingRun run)
    {
        // A kill can leave config.json alone, or half of one of the two files; anything else is not ours.
        if (Directory.Exists(run.Folder)
            && Directory.EnumerateFileSystemEntries(run.Folder).Any(path => !path.StartsWith(run.ConfigPath, StringComparison.Ordinal)
                && !path.StartsWith(run.OptionsPath, StringComparison.Ordinal)))
        {
            throw new EngineException($"{run.Folder} is not empty and holds no run.json; give the run a new folder.");
        }

        return request.Config
            ?? throw new EngineException($"{run.Folder} is a new run; give its network with --config config.json.");
    }

    private static ModelConfig RecordedConfig(RunRequest request, TrainingRun run)
    {
        var config = ModelConfig.Load(run.Folder);

        // How a model denoises is no matter of its training.
        return request.Config is null || Shape(request.Config) == Shape(config)
            ? config
            : throw new EngineException(
                $"{run.Folder} was begun with another network than the config now asks for; give the run a new folder.");
    }

    private static string Shape(ModelConfig config) => (config with { Diffusion = new() }).ToJson();

    private static CorpusManifest CheckedCorpus(RunRequest request, TrainingRun run, RunFile? recorded)
    {
        using var corpus = PreparedCorpus.Open(request.Corpus);
        var manifest = corpus.Manifest;
        if (recorded?.CorpusSha256 is { } begun && begun != manifest.CorpusSha256)
        {
            throw new EngineException(
                $"{run.Folder} was begun on the corpus {begun}, and {request.Corpus} is {manifest.CorpusSha256}; "
                + "name that corpus, or give the run a new folder.");
        }

        return manifest;
    }

    private static WarmStart? CheckedStart(RunRequest request, RunFile? recorded, ModelConfig config)
    {
        var asked = request.From is { } folder ? WarmStart.Of(folder) : null;
        asked?.RequireShapes(ParameterShapes.Of(config));
        if (recorded is null || asked is null)
        {
            return asked ?? recorded?.From;
        }

        return asked.WeightsSha256 == recorded.From?.WeightsSha256
            ? recorded.From
            : throw new EngineException(
                $"{request.Folder} began with {recorded.From?.Folder ?? "fresh weights"}, not with {asked.Folder}; give the run a new folder.");
    }

    private static SpanTokens CheckedTokens(RunRequest request, CorpusManifest manifest, ModelConfig config, FitOptions options)
    {
        if (!File.Exists(request.Tokenizer))
        {
            throw new EngineException($"{request.Tokenizer}: no such file; name the tokenizer.json that the corpus was made with.");
        }

        string sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(request.Tokenizer)));
        if (sha256 != manifest.TokenizerSha256)
        {
            throw new EngineException(
                $"{request.Corpus} was made with the tokenizer {manifest.TokenizerSha256}, and {request.Tokenizer} is {sha256}; "
                + "name that one, or make the corpus again.");
        }

        var tokenizer = CodeTokenizer.Load(request.Tokenizer);
        if (tokenizer.VocabularySize > config.VocabSize)
        {
            throw new EngineException(
                $"{request.Tokenizer} has {tokenizer.VocabularySize} tokens, and config.json has room for {config.VocabSize}; raise its vocab_size.");
        }

        return SpanTokensOf(config, tokenizer, options);
    }

    private static SpanTokens SpanTokensOf(ModelConfig config, CodeTokenizer tokenizer, FitOptions options)
    {
        int delete = config.DeleteTokenId
            ?? throw new EngineException("config.json has no delete_token_id; training spans of unknown length needs one.");
        var startsLine = new bool[config.VocabSize];
        for (int id = 0; id < Math.Min(config.VocabSize, tokenizer.VocabularySize); id++)
        {
            startsLine[id] = !tokenizer.IsSpecial(id) && tokenizer.TokenBytes(id) is [(byte)'\n' or (byte)'\r', ..];
        }

        return new SpanTokens(
            config.MaskTokenId, delete, config.PadTokenId ?? delete, PrefixSuffixMiddle.Border(config), startsLine,
            config.AttentionPattern)
        {
            Expand = config.ExpandTokenId,
            ExpandShare = options.ExpandShare,
        };
    }

    private RunState NewState(TrainingRun run, Action<string> report)
    {
        torch.random.manual_seed(Options.Seed);
        var dtype = TorchRuntime.SelectDtype("auto", torch.CPU);
        var network = new Qwen2Network(_config, new Placement(torch.CPU, torch.float32)) { ComputeType = dtype };
        network.Initialize();
        var trainer = new Trainer(network, Options, dtype);
        try
        {
            // A run that was killed before its first checkpoint begins anew, with the same weights.
            if (_file.From is { } from && run.Checkpoints().Count == 0)
            {
                Begin(from, trainer, report);
            }

            return new RunState(trainer, Options.EmaDecay);
        }
        catch
        {
            trainer.Dispose();
            throw;
        }
    }

    private static void Begin(WarmStart from, Trainer trainer, Action<string> report)
    {
        if (WarmStart.Of(from.Folder) != from)
        {
            throw new EngineException($"{from.Folder} no longer holds the weights that the run began with; give the run a new folder.");
        }

        from.Load(trainer.Weights, report);
    }
}
