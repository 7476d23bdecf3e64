using System.Globalization;
using System.Text.Json;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// A run's folder: <c>run.json</c> (options), <c>config.json</c> (network), <c>log.jsonl</c>, and checkpoints
/// <c>step-NNNNNN</c> with weights and optimizer state, each written under another name and then renamed, so that a
/// kill at any moment loses only the steps since the last one.
/// </summary>
internal sealed class TrainingRun(string folder)
{
    /// <summary>The master weights of a checkpoint, in fp32.</summary>
    public const string WeightsFile = "model.safetensors";

    private const string StateFile = "optimizer.safetensors";
    private const int CheckpointsKept = 2;

    /// <summary>The run's folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The run's options file.</summary>
    public string OptionsPath => Path.Combine(Folder, "run.json");

    /// <summary>The network's configuration.</summary>
    public string ConfigPath => Path.Combine(Folder, "config.json");

    /// <summary>The folders of whole checkpoints, newest first, with their step.</summary>
    public IReadOnlyList<(int Step, string Path)> Checkpoints() =>
        Directory.Exists(Folder)
            ? [.. Directory.GetDirectories(Folder, "step-*")
                .Select(path => (Step: StepOf(path), Path: path))
                .Where(entry => entry.Step >= 0)
                .OrderByDescending(entry => entry.Step)]
            : [];

    /// <summary>Restores the newest checkpoint into the trainer.</summary>
    /// <returns>The number of steps done; 0 where the run has no checkpoint yet.</returns>
    public int Restore(Trainer trainer)
    {
        if (Checkpoints() is not [var newest, ..])
        {
            return 0;
        }

        TensorFile.Read(Path.Combine(newest.Path, WeightsFile), trainer.Weights);
        TensorFile.Read(Path.Combine(newest.Path, StateFile), trainer.State);
        return newest.Step;
    }

    /// <summary>Writes a checkpoint after <paramref name="step"/> steps and removes the ones before the last two.</summary>
    public void Save(Trainer trainer, int step)
    {
        string target = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"step-{step:D6}"));
        string temporary = target + ".partial";
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }

        Directory.CreateDirectory(temporary);
        TensorFile.Write(Path.Combine(temporary, WeightsFile), trainer.Weights);
        TensorFile.Write(Path.Combine(temporary, StateFile), trainer.State);
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.Move(temporary, target);
        foreach (var (_, path) in Checkpoints().Skip(CheckpointsKept))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Appends one line to the log.</summary>
    public void Log(object entry) =>
        File.AppendAllText(Path.Combine(Folder, "log.jsonl"), JsonSerializer.Serialize(entry) + "\n");

    private static int StepOf(string path) =>
        int.TryParse(Path.GetFileName(path).AsSpan("step-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            ? step
            : -1;
}
