using System.Text.Json.Nodes;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Ablation;
using DiffusionLsp.Training.Cli;
using DiffusionLsp.Training.Fitting;
using DiffusionLsp.Training.Tests.Cli;
using Spectre.Console;

namespace DiffusionLsp.Training.Tests.Ablation;

public sealed class AblateCommandTests : IDisposable
{
    private const string Plain = """{ "name": "plain" }""";
    private const string Wide = """{ "name": "wide", "set": { "steps": 3 }, "config_set": { "hidden_size": 32 } }""";

    private readonly TrainingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Every_run_is_a_row_of_the_table()
    {
        Assert.Equal(0, Ablate(Plain, Wide));

        var rows = JsonNode.Parse(File.ReadAllText(_bench.PathOf("out/ablation.json")))!.AsArray();
        Assert.Equal(["plain", "wide"], rows.Select(row => (string)row!["name"]!));
        Assert.Equal([2, 3], rows.Select(row => (int)row!["steps"]!));
        Assert.Equal([48, 72], rows.Select(row => (int)row!["tokens"]!));
        foreach (var row in rows)
        {
            var config = ModelConfig.Load(_bench.PathOf($"out/{row!["name"]}"));
            Assert.Equal((string)row["name"]! == "wide" ? 32 : 16, config.HiddenSize);
            Assert.Equal(
                ParameterShapes.Of(config).Sum(parameter => parameter.Shape.Aggregate(1L, (count, dimension) => count * dimension)),
                (long)row["parameters"]!);
            Assert.All(
                (string[])["seconds", "tokens_per_second", "next_token", "span", "held_out_next_token", "held_out_span"],
                name => Assert.True((double)row[name]! > 0, name));
        }

        string[] lines = File.ReadAllLines(_bench.PathOf("out/ablation.md"));
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("| run | parameters | steps |", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("| wide | ", lines[3], StringComparison.Ordinal);
        Assert.Contains("held-out span", _bench.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_is_not_done_again()
    {
        Ablate(Plain);
        string log = File.ReadAllText(_bench.PathOf("out/plain/log.jsonl"));
        Assert.Equal(0, Ablate(Plain, Wide));
        Assert.Equal(log, File.ReadAllText(_bench.PathOf("out/plain/log.jsonl")));
        Assert.DoesNotContain("run 'plain'", _bench.Output, StringComparison.Ordinal);
        Assert.Contains("run 'wide'", _bench.Output, StringComparison.Ordinal);
        Assert.Equal(4, File.ReadAllLines(_bench.PathOf("out/ablation.md")).Length);
    }

    [Fact]
    public void Ablations_that_were_interrupted_go_on_and_have_no_table_before()
    {
        using var cancel = new CancellationTokenSource();
        var file = AblationFile.Load(Write(Plain, Wide));
        using var output = new WatchedWriter(text =>
        {
            if (text.Contains("run 'wide'", StringComparison.Ordinal))
            {
                cancel.Cancel();
            }
        });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var runner = new AblationRunner(file, _bench.Corpus, _bench.PathOf("out"), new FitDisplay(console, TextWriter.Null));

        Assert.Null(runner.Run(cancel.Token));
        Assert.Equal(["plain", "wide"], Directory.GetFileSystemEntries(_bench.PathOf("out")).Select(Path.GetFileName).Order());
        Assert.Equal(0, Ablate(Plain, Wide));
        Assert.DoesNotContain("run 'plain'", _bench.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_by_the_clock_needs_no_steps()
    {
        Assert.Equal(0, Ablate("""{ "name": "short", "minutes": 0.005 }"""));
        var row = JsonNode.Parse(File.ReadAllText(_bench.PathOf("out/ablation.json")))![0]!;
        Assert.True((double)row["seconds"]! >= 0.3);
        Assert.Equal(0.005, RunFile.Load(_bench.PathOf("out/short/run.json")).Options.Minutes);
    }

    /// <summary>The second run is wrong, so the first does not start either.</summary>
    [Theory]
    [InlineData("""{ "name": "wide", "set": { "step": 3 } }""", "no option 'step'")]
    [InlineData("""{ "name": "wide", "set": { "batch_size": 0 } }""", "batch_size")]
    [InlineData("""{ "name": "wide", "config_set": { "hiden_size": 8 } }""", "no field 'hiden_size'")]
    [InlineData("""{ "name": "wide", "config_set": { "num_key_value_heads": 3 } }""", "num_key_value_heads")]
    [InlineData("""{ "name": "wide", "from": "none" }""", "no such folder")]
    [InlineData("""{ "name": "plain" }""", "'plain' is taken")]
    [InlineData("""{ "name": "../up" }""", "'../up' cannot name")]
    [InlineData("""{ "name": "ablation.md" }""", "'ablation.md' is taken")]
    [InlineData("""{ "name": "wide", "sets": {} }""", "sets")]
    [InlineData("""{ "set": {} }""", "name")]
    public void All_runs_are_checked_before_the_first_starts(string run, string expected)
    {
        var exception = Assert.ThrowsAny<EngineException>(() => Ablate(Plain, run));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.False(Directory.Exists(_bench.PathOf("out")));
    }

    [Fact]
    public void A_run_that_has_changed_in_the_file_is_refused()
    {
        _bench.Fit("old", "--steps", "2");
        Ablate("""{ "name": "warm", "set": { "seed": 3 }, "from": "old/step-000002" }""");
        Assert.Contains("seed 3, not 1", Assert.ThrowsAny<EngineException>(() => Ablate("""{ "name": "warm", "from": "old/step-000002" }""")).Message, StringComparison.Ordinal);
        Assert.Contains("was begun from", Assert.ThrowsAny<EngineException>(() => Ablate("""{ "name": "warm", "set": { "seed": 3 } }""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_diverges_is_a_row_as_well()
    {
        _bench.Fit("old", "--steps", "2");
        string path = _bench.PathOf("old/step-000002/model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length - 4096).Fill(0xFF);
        File.WriteAllBytes(path, bytes);

        Assert.Equal(0, Ablate("""{ "name": "lost", "from": "old/step-000002" }""", Plain));
        var rows = JsonNode.Parse(File.ReadAllText(_bench.PathOf("out/ablation.json")))!.AsArray();
        Assert.Equal("diverged", (string)rows[0]!["failure"]!);
        Assert.Null(rows[0]!["held_out_span"]);
        Assert.True((double)rows[1]!["held_out_span"]! > 0);
        Assert.Contains("diverged", _bench.Output, StringComparison.Ordinal);
        Assert.Contains("lower rates", _bench.Error, StringComparison.Ordinal);
    }

    private int Ablate(params string[] runs) => _bench.Run(AblateCommand.Create(), _bench.Corpus, Write(runs), _bench.PathOf("out"));

    private string Write(params string[] runs)
    {
        string path = _bench.PathOf("runs.json");
        File.WriteAllText(path, $$"""
            {
              "base": {
                "steps": 2, "batch_size": 1, "context_length": 24, "noisy_length": 12, "max_span": 6, "checkpoint_every": 2
              },
              "config": "tiny.json",
              "tokenizer": {{JsonValue.Create(TrainingBench.Tokenizer).ToJsonString()}},
              "runs": [{{string.Join(", ", runs)}}]
            }
            """);
        return path;
    }

    private sealed class WatchedWriter(Action<string> onWrite) : StringWriter
    {
        public override void Write(string? value)
        {
            onWrite(value ?? "");
            base.Write(value);
        }
    }
}
