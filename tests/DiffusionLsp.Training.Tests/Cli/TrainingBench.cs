using System.CommandLine;
using System.Text.Json.Nodes;
using DiffusionLsp.Tests;
using DiffusionLsp.Training.Cli;
using DiffusionLsp.Training.Tests.Corpus;

namespace DiffusionLsp.Training.Tests.Cli;

/// <summary>A prepared corpus, a tiny network and the commands, with what they printed; all in a temporary folder.</summary>
internal sealed class TrainingBench : IDisposable
{
    private readonly SourceFolder _source = new SourceFolder().AddMany(6);

    public TrainingBench()
    {
        Assert.Equal(0, Run(CorpusCommand.Create(), _source.Source, Corpus, "--tokenizer", Tokenizer, "--held-out-packages", "2"));
        WriteConfig("tiny.json", _ => { });
    }

    public static string Tokenizer { get; } = Path.Combine(TestData.RepositoryRoot, "models", "quicksilver", "tokenizer.json");

    /// <summary>Options that make a run small.</summary>
    public static string[] Small { get; } =
    [
        "--set", "batch_size=1", "--set", "context_length=24", "--set", "noisy_length=12", "--set", "max_span=6",
        "--set", "checkpoint_every=2", "--set", "validate_every=100",
    ];

    public string Corpus => PathOf("corpus");

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    public string PathOf(string name) => Path.Combine(_source.Root, name);

    /// <summary>Writes a config.json of a network of two narrow layers, with changes.</summary>
    public string WriteConfig(string name, Action<JsonObject> change)
    {
        string embedded = Path.Combine(TestData.RepositoryRoot, "models", "quicksilver", "config.json");
        var config = JsonNode.Parse(File.ReadAllText(embedded))!.AsObject();
        foreach (var (field, value) in (ReadOnlySpan<(string, int)>)
        [
            ("hidden_size", 16), ("intermediate_size", 24), ("num_hidden_layers", 2), ("num_attention_heads", 2),
            ("num_key_value_heads", 1), ("head_dim", 8),
        ])
        {
            config[field] = value;
        }

        change(config);
        File.WriteAllText(PathOf(name), config.ToJsonString());
        return PathOf(name);
    }

    /// <summary>Fits a small run, with the tiny network unless another is named.</summary>
    public int Fit(string run, params string[] more)
    {
        string[] network = more.Contains("--config") ? [] : ["--config", PathOf("tiny.json")];
        return Run(FitCommand.Create(), [Corpus, PathOf(run), "--tokenizer", Tokenizer, .. network, .. Small, .. more]);
    }

    public int Export(string run, string output, params string[] more) =>
        Run(ExportCommand.Create(), [PathOf(run), PathOf(output), "--tokenizer", Tokenizer, .. more]);

    public int Run(Command command, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        try
        {
            return command.Parse(arguments).Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = output,
                Error = error,
            });
        }
        finally
        {
            (Output, Error) = (output.ToString(), error.ToString());
        }
    }

    public void Dispose() => _source.Dispose();
}
