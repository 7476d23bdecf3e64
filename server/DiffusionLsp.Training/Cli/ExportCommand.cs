using System.CommandLine;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Training.Fitting;
using TorchSharp;

namespace DiffusionLsp.Training.Cli;

/// <summary><c>diffusionlsp-train export</c>: a run's newest weights as a checkpoint in the Hugging Face layout, bf16.</summary>
internal static class ExportCommand
{
    private static readonly Argument<DirectoryInfo> s_run = new("run") { Description = "The run's folder." };
    private static readonly Argument<DirectoryInfo> s_out = new("out") { Description = "The checkpoint's folder." };
    private static readonly Option<FileInfo> s_tokenizer = new("--tokenizer") { Description = "tokenizer.json to put beside the weights.", Required = true };

    private static readonly Option<ExportedWeights> s_weights = new("--weights")
    {
        Description = "ema: their running average, which validation measures; raw: as the last step left them.",
        DefaultValueFactory = _ => ExportedWeights.Ema,
    };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("export", "Write a run's newest weights as a checkpoint (Hugging Face layout, bf16).")
        {
            s_run, s_out, s_tokenizer, s_weights,
        };
        command.SetAction(Export);
        return command;
    }

    private static int Export(ParseResult result)
    {
        TorchRuntime.EnsureLoaded();
        var run = new TrainingRun(result.GetRequiredValue(s_run).FullName);
        string target = result.GetRequiredValue(s_out).FullName;
        var tokenizer = result.GetRequiredValue(s_tokenizer);
        var (record, newest) = run.NewestWhole(result.InvocationConfiguration.Error.WriteLine)
            ?? throw new EngineException($"{run.Folder} holds no checkpoint yet; run `diffusionlsp-train fit` first.");
        string file = result.GetValue(s_weights) == ExportedWeights.Raw ? RunState.WeightsFile : RunState.AverageFile;
        var config = ModelConfig.Load(run.Folder);
        using var network = new Qwen2Network(config, new Placement(torch.CPU, torch.float32));
        var weights = network.named_parameters().Select(entry => (entry.name, (torch.Tensor)entry.parameter)).ToList();
        TensorFile.Read(Path.Combine(newest, file), weights);
        Checkpoint.Save(target, config, network, TensorDtype.BF16);
        string beside = Path.Combine(target, "tokenizer.json");
        if (!string.Equals(tokenizer.FullName, beside, StringComparison.Ordinal))
        {
            tokenizer.CopyTo(beside, overwrite: true);
        }

        result.InvocationConfiguration.Output.WriteLine($"step {record.Step}, {file} → {target}");
        return 0;
    }

    /// <summary>Which of a run's weights.</summary>
    private enum ExportedWeights
    {
        Ema,
        Raw,
    }
}
