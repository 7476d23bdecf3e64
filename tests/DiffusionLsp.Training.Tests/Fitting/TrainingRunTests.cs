using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Training.Fitting;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class TrainingRunTests : IDisposable
{
    private readonly TinyCorpus _corpus = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("run-").FullName;
    private readonly List<string> _reports = [];

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_checkpoint_that_was_not_finished_is_not_resumed()
    {
        using var state = TinyCorpus.NewState(seed: 1);
        SaveAt(state, 2);
        Directory.CreateDirectory(Path.Combine(_folder, "step-000009.partial"));

        File.WriteAllText(Path.Combine(_folder, "loss.svg.0123.tmp"), "<sv");

        Assert.Equal(2, Restored());
        Assert.Empty(_reports);
        SaveAt(state, 3);
        Assert.Equal(["step-000002", "step-000003"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Only_the_last_two_checkpoints_are_kept()
    {
        using var state = TinyCorpus.NewState(seed: 1);
        SaveAt(state, 1);
        SaveAt(state, 2);
        SaveAt(state, 3);

        Assert.Equal([3, 2], new TrainingRun(_folder).Checkpoints().Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public void A_run_of_another_network_is_refused()
    {
        using (var state = TinyCorpus.NewState(seed: 1))
        {
            SaveAt(state, 1);
        }

        var network = new Qwen2Network(TinyCorpus.Config with { HiddenSize = 64 }, new Placement(CPU, float32));
        network.Initialize();
        using var wider = new RunState(new Trainer(network, TinyCorpus.Options, float32), 0.9);

        var refused = Assert.Throws<InvalidDataException>(() => new TrainingRun(_folder).Restore(wider, _reports.Add));
        Assert.Contains("another network", refused.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<string>> Damages => new()
    {
        { "model.safetensors", path => Resize(path, -4) },
        { "model.safetensors", path => FlipBit(path, 0) },
        { "ema.safetensors", File.Delete },
        { "ema.safetensors", path => FlipBit(path, -1) },
        { "optimizer.safetensors", path => File.WriteAllBytes(path, []) },
        { "checkpoint.json", File.Delete },
        { "checkpoint.json", path => Resize(path, -20) },
        { "checkpoint.json", path => File.WriteAllText(path, "null") },
    };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public void A_damaged_checkpoint_is_passed_over_aloud(string file, Action<string> damage)
    {
        using (var state = TinyCorpus.NewState(seed: 1))
        {
            SaveAt(state, 1);
            SaveAt(state, 2);
        }

        damage(Path.Combine(_folder, "step-000002", file));

        Assert.Equal(1, Restored());
        string report = Assert.Single(_reports);
        Assert.Contains("step-000002 is passed over", report, StringComparison.Ordinal);
        Assert.Contains(file, report, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', report);
    }

    /// <summary>The damaged one must not count as one of the two that are kept.</summary>
    [Fact]
    public void A_damaged_checkpoint_gives_way_to_none_that_is_whole()
    {
        using var state = TinyCorpus.NewState(seed: 1);
        SaveAt(state, 2);
        SaveAt(state, 4);
        File.Delete(Path.Combine(_folder, "step-000004", "checkpoint.json"));
        using var resumed = TinyCorpus.NewState(seed: 1);
        new TrainingRun(_folder).Restore(resumed, _reports.Add);
        SaveAt(resumed, 3);

        Assert.Equal([4, 3, 2], new TrainingRun(_folder).Checkpoints().Select(checkpoint => checkpoint.Step));
        Assert.Equal(3, Restored());
        SaveAt(resumed, 4);
        Assert.Equal(4, Restored());
    }

    [Fact]
    public void A_run_whose_checkpoints_are_all_damaged_does_not_begin_again_by_itself()
    {
        using (var state = TinyCorpus.NewState(seed: 1))
        {
            SaveAt(state, 1);
        }

        File.Delete(Path.Combine(_folder, "step-000001", "ema.safetensors"));

        Assert.Contains("none of its checkpoints", Assert.Throws<EngineException>(() => Restored()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_that_the_disk_has_no_room_for_is_not_begun()
    {
        using var state = TinyCorpus.NewState(seed: 1);
        SaveAt(state, 1);
        state.Advance(_corpus.Batcher.Next(1), 1);
        var full = new TrainingRun(_folder) { Disk = new RunDisk { FreeBytes = _ => 1000 } };

        var refused = Assert.Throws<IOException>(() => full.Save(state));
        Assert.Matches(@"needs 1\.\d MB, and 0\.0 MB are free", refused.Message);
        Assert.Equal(["step-000001"], Directory.GetDirectories(_folder).Select(Path.GetFileName));
    }

    private static void Resize(string path, int by)
    {
        using var stream = File.OpenWrite(path);
        stream.SetLength(stream.Length + by);
    }

    private static void FlipBit(string path, int at)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at < 0 ? bytes.Length + at : at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private int Restored()
    {
        using var state = TinyCorpus.NewState(seed: 2);
        new TrainingRun(_folder).Restore(state, _reports.Add);
        return state.Step;
    }

    private void SaveAt(RunState state, int step)
    {
        while (state.Step < step)
        {
            state.Advance(_corpus.Batcher.Next(state.Step), 1);
        }

        new TrainingRun(_folder).Save(state);
    }
}
