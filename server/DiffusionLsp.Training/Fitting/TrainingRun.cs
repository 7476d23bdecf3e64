using System.Globalization;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// A run's folder: <c>run.json</c>, <c>config.json</c> (network), <c>log.jsonl</c>, <c>loss.svg</c>, and checkpoints
/// <c>step-NNNNNN</c>, each written under another name and then renamed, so that a kill at any moment loses only the
/// steps since the last one.
/// </summary>
internal sealed class TrainingRun(string folder)
{
    private const int CheckpointsKept = 2;
    private const string Prefix = "step-";
    private const string Partial = ".partial";

    /// <summary>The run's folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The disk below it.</summary>
    public RunDisk Disk { get; init; } = new();

    /// <summary>The run's options and origin.</summary>
    public string OptionsPath => Path.Combine(Folder, "run.json");

    /// <summary>The network's configuration.</summary>
    public string ConfigPath => Path.Combine(Folder, "config.json");

    /// <summary>The folders of checkpoints, newest first, with their step.</summary>
    public IReadOnlyList<(int Step, string Path)> Checkpoints() =>
        Directory.Exists(Folder)
            ? [.. Directory.GetDirectories(Folder, Prefix + "*")
                .Select(path => (Step: StepOf(path), Path: path))
                .Where(entry => entry.Step >= 0)
                .OrderByDescending(entry => entry.Step)]
            : [];

    /// <summary>The newest checkpoint that is whole; one that is not is reported and passed over.</summary>
    /// <returns>The checkpoint; null where the run has none yet.</returns>
    /// <exception cref="EngineException">There are checkpoints, and all are damaged.</exception>
    public (CheckpointRecord Record, string Path)? NewestWhole(Action<string> report)
    {
        var all = Checkpoints();
        foreach (var (_, path) in all)
        {
            try
            {
                var record = CheckpointRecord.Read(path);
                record.Verify(path);
                return (record, path);
            }
            catch (InvalidDataException exception)
            {
                report($"{path} is passed over: {exception.Message}");
            }
        }

        return all.Count == 0
            ? null
            : throw new EngineException($"{Folder}: none of its checkpoints is whole; begin again in a new folder, with --from where weights are left.");
    }

    /// <summary>Restores the newest whole checkpoint; without one the state stays as it is.</summary>
    public void Restore(RunState state, Action<string> report)
    {
        if (NewestWhole(report) is var (record, path))
        {
            foreach (var (file, tensors) in state.Files)
            {
                TensorFile.Read(Path.Combine(path, file), tensors);
            }

            state.GoOnFrom(record.Step, record.Seconds);
        }
    }

    /// <summary>
    /// Writes a checkpoint and removes older ones, but for the last two. One that is newer than the state was passed
    /// over as damaged, and counts for nothing.
    /// </summary>
    /// <exception cref="IOException">The disk is full or fails; the older checkpoints are as they were.</exception>
    public void Save(RunState state)
    {
        string target = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{state.Step:D6}"));
        string temporary = target + Partial;
        RemovePartial();
        RequireSpace(state);
        try
        {
            Directory.CreateDirectory(temporary);
            foreach (var (file, tensors) in state.Files)
            {
                Disk.Write(Path.Combine(temporary, file), tensors);
            }

            CheckpointRecord.Of(temporary, state).Write(temporary);
            Remove(target);
            Disk.Rename(temporary, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
            throw;
        }

        foreach (var (_, path) in Checkpoints().Where(entry => entry.Step <= state.Step).Skip(CheckpointsKept))
        {
            Remove(path);
        }
    }

    private static int StepOf(string path) =>
        int.TryParse(Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            ? step
            : -1;

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>What a killed run was writing is of no use to anybody, and takes the room of a checkpoint.</summary>
    private void RemovePartial()
    {
        if (Directory.Exists(Folder))
        {
            foreach (string path in Directory.GetDirectories(Folder, $"{Prefix}*{Partial}"))
            {
                Remove(path);
            }

            foreach (string path in Directory.GetFiles(Folder, "*.tmp"))
            {
                File.Delete(path);
            }
        }
    }

    private void RequireSpace(RunState state)
    {
        const long Headers = 1 << 20;
        Directory.CreateDirectory(Folder);
        long needed = Headers + state.Files.SelectMany(entry => entry.Tensors).Sum(entry => entry.Value.numel() * sizeof(float));
        long free = Disk.FreeBytes(Folder);
        if (free < needed)
        {
            throw new IOException(string.Create(
                CultureInfo.InvariantCulture,
                $"the disk is too full: a checkpoint needs {needed / 1e6:F1} MB, and {free / 1e6:F1} MB are free."));
        }
    }
}
