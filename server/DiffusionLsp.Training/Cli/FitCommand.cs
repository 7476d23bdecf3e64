using System.CommandLine;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Training.Corpus;
using DiffusionLsp.Training.Fitting;
using Spectre.Console;
using TorchSharp;

namespace DiffusionLsp.Training.Cli;

/// <summary><c>diffusionlsp-train fit</c>: trains a network on a prepared corpus, or continues where a run stopped.</summary>
internal static class FitCommand
{
    private static readonly Argument<DirectoryInfo> s_corpus = new("corpus") { Description = "The prepared corpus (train.bin, heldout.bin)." };
    private static readonly Argument<DirectoryInfo> s_run = new("run") { Description = "The run's folder; a run that is there is continued." };
    private static readonly Option<FileInfo> s_config = new("--config") { Description = "config.json of the network; needed for a new run." };
    private static readonly Option<FileInfo> s_tokenizer = new("--tokenizer") { Description = "tokenizer.json the corpus was made with.", Required = true };
    private static readonly Option<int?> s_steps = new("--steps") { Description = "Optimizer steps in all." };
    private static readonly Option<int?> s_decay = new("--decay-steps") { Description = "Steps at the end over which the rate falls to 0." };
    private static readonly Option<int?> s_batch = new("--batch-size") { Description = "Sequences a step (new runs only)." };
    private static readonly Option<int?> s_seed = new("--seed") { Description = "Seed of weights and batches (new runs only)." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("fit", "Train a network on a prepared corpus, or continue a run.")
        {
            s_corpus, s_run, s_config, s_tokenizer, s_steps, s_decay, s_batch, s_seed,
        };
        command.SetAction((result, token) => Task.FromResult(Run(result, token)));
        return command;
    }

    private static int Run(ParseResult result, CancellationToken token)
    {
        TorchRuntime.EnsureLoaded();
        var run = new TrainingRun(result.GetRequiredValue(s_run).FullName);
        var options = Prepare(result, run);
        var config = ModelConfig.Load(run.Folder);
        var tokens = SpanTokensOf(config, CodeTokenizer.Load(result.GetRequiredValue(s_tokenizer).FullName));
        string corpus = result.GetRequiredValue(s_corpus).FullName;
        using var training = TokenShards.Open(corpus, ShardLayout.Training);
        using var heldOut = TokenShards.Open(corpus, ShardLayout.HeldOut);
        torch.random.manual_seed(options.Seed);
        var dtype = TorchRuntime.SelectDtype("auto", torch.CPU);
        var network = new Qwen2Network(config, new Placement(torch.CPU, torch.float32)) { ComputeType = dtype };
        network.Initialize();
        if (options.CountedTokens > 0 && run.Checkpoints().Count == 0)
        {
            SpectralInitialization.Apply(network, training, options.CountedTokens);
        }

        using var trainer = new Trainer(network, options, dtype);
        new FitLoop(
            run, options, trainer,
            new SpanBatcher(training, options, tokens), new SpanBatcher(heldOut, options, tokens),
            AnsiConsole.Console).Run(token);
        return 0;
    }

    private static FitOptions Prepare(ParseResult result, TrainingRun run)
    {
        Directory.CreateDirectory(run.Folder);
        if (!File.Exists(run.ConfigPath))
        {
            var config = result.GetValue(s_config)
                ?? throw new EngineException($"{run.Folder} is a new run; give its network with --config config.json.");
            File.Copy(config.FullName, run.ConfigPath);
        }

        var options = File.Exists(run.OptionsPath)
            ? FitOptions.Load(run.OptionsPath)
            : new FitOptions
            {
                Seed = result.GetValue(s_seed) ?? 1,
                BatchSize = result.GetValue(s_batch) ?? new FitOptions().BatchSize,
            };
        options = options with
        {
            Steps = result.GetValue(s_steps) ?? options.Steps,
            DecaySteps = result.GetValue(s_decay) ?? options.DecaySteps,
        };
        options.Save(run.OptionsPath);
        return options;
    }

    private static SpanTokens SpanTokensOf(ModelConfig config, CodeTokenizer tokenizer)
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
            config.AttentionPattern);
    }
}
