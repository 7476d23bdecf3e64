using System.CommandLine;
using System.Text.Json.Nodes;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Fitting;
using Spectre.Console;

namespace DiffusionLsp.Training.Cli;

/// <summary><c>diffusionlsp-train fit</c>: trains a network on a prepared corpus, or continues where a run stopped.</summary>
internal static class FitCommand
{
    private static readonly Argument<DirectoryInfo> s_corpus = new("corpus") { Description = "The prepared corpus (train.bin, heldout.bin)." };
    private static readonly Argument<DirectoryInfo> s_run = new("run") { Description = "The run's folder; a run that is there is continued." };
    private static readonly Option<FileInfo> s_config = new("--config") { Description = "config.json of the network; needed for a new run." };
    private static readonly Option<FileInfo> s_tokenizer = new("--tokenizer") { Description = "tokenizer.json the corpus was made with.", Required = true };
    private static readonly Option<DirectoryInfo> s_from = new("--from") { Description = "A checkpoint's folder: a new run begins with its weights." };
    private static readonly Option<string[]> s_set = new("--set") { Description = "An option of run.json, as name=value; may be given often." };
    private static readonly Option<int?> s_steps = new("--steps") { Description = "Optimizer steps in all." };
    private static readonly Option<int?> s_decay = new("--decay-steps") { Description = "Steps at the end over which the rate falls to 0." };
    private static readonly Option<int?> s_batch = new("--batch-size") { Description = "Sequences a step (new runs only)." };
    private static readonly Option<int?> s_seed = new("--seed") { Description = "Seed of weights and batches (new runs only)." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("fit", "Train a network on a prepared corpus, or continue a run.")
        {
            s_corpus, s_run, s_config, s_tokenizer, s_from, s_set, s_steps, s_decay, s_batch, s_seed,
        };
        command.SetAction((result, token) => Task.FromResult(Run(result, token)));
        return command;
    }

    private static int Run(ParseResult result, CancellationToken token)
    {
        var plan = RunPlan.For(new RunRequest
        {
            Corpus = result.GetRequiredValue(s_corpus).FullName,
            Folder = result.GetRequiredValue(s_run).FullName,
            Tokenizer = result.GetRequiredValue(s_tokenizer).FullName,
            Config = result.GetValue(s_config) is { } file ? ModelConfig.FromJson(ReadAll(file), file.FullName) : null,
            Settings = Settings(result),
            From = result.GetValue(s_from)?.FullName,
        });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(result.InvocationConfiguration.Output) });
        plan.Run(new FitDisplay(console, result.InvocationConfiguration.Error), token);
        return 0;
    }

    private static string ReadAll(FileInfo config) => config.Exists
        ? File.ReadAllText(config.FullName)
        : throw new EngineException($"{config.FullName}: no such file; name the config.json of the network.");

    private static List<KeyValuePair<string, JsonNode?>> Settings(ParseResult result)
    {
        List<KeyValuePair<string, JsonNode?>> settings = [.. (result.GetValue(s_set) ?? []).Select(FitSettings.Parse)];
        foreach (var (name, value) in ((string, int?)[])
        [
            ("steps", result.GetValue(s_steps)), ("decay_steps", result.GetValue(s_decay)),
            ("batch_size", result.GetValue(s_batch)), ("seed", result.GetValue(s_seed)),
        ])
        {
            if (value is { } given)
            {
                settings.Add(new(name, JsonValue.Create(given)));
            }
        }

        return settings;
    }
}
