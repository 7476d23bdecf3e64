using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Ablation;

/// <summary>
/// A file that describes runs by what sets them apart. Paths in it are relative to it; a name that nothing knows is an
/// error, or a slip of the pen would silently compare a run with itself.
/// </summary>
internal sealed record AblationFile
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <summary>Options of all runs.</summary>
    public JsonObject Base { get; init; } = [];

    /// <summary>The network of all runs: its config.json.</summary>
    public required string Config { get; init; }

    /// <summary>The tokenizer.json that the corpus was made with.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The runs.</summary>
    public required IReadOnlyList<AblationRun> Runs { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="EngineException">It is missing or not what it should be.</exception>
    public static AblationFile Load(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize<AblationFile>(File.ReadAllText(path), s_json)
                ?? throw new EngineException($"{path}: holds null instead of runs.");
            RequireNames(path, file.Runs);
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return file with
            {
                Config = Path.Combine(folder, file.Config),
                Tokenizer = Path.Combine(folder, file.Tokenizer),
                Runs = [.. file.Runs.Select(run => run with { From = run.From is null ? null : Path.Combine(folder, run.From) })],
            };
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new EngineException($"{path}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>What a run asks for; all options are named, so that a run that has begun with others is noticed.</summary>
    public RunRequest RequestOf(AblationRun run, string corpus, string outFolder)
    {
        IEnumerable<KeyValuePair<string, JsonNode?>> clock =
            run.Minutes is { } minutes ? [new("minutes", JsonValue.Create(minutes))] : [];
        return new RunRequest
        {
            Corpus = corpus,
            Folder = Path.Combine(outFolder, run.Name),
            Tokenizer = Tokenizer,
            Config = ConfigOf(run),
            Settings = FitSettings.Of(FitSettings.Apply(new FitOptions(), [.. Base, .. run.Set, .. clock])),
            From = run.From,
        };
    }

    private static void RequireNames(string path, IReadOnlyList<AblationRun> runs)
    {
        if (runs.Count == 0)
        {
            throw new EngineException($"{path}: has no runs.");
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in runs.Select(run => run.Name))
        {
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || name[0] == '.')
            {
                throw new EngineException($"{path}: '{name}' cannot name a run's folder; use letters, digits, '-', '_' and '.'.");
            }

            if (!names.Add(name) || name.StartsWith("ablation.", StringComparison.OrdinalIgnoreCase))
            {
                throw new EngineException($"{path}: the name '{name}' is taken; give every run its own.");
            }
        }
    }

    private ModelConfig ConfigOf(AblationRun run)
    {
        if (!File.Exists(Config))
        {
            throw new EngineException($"{Config}: no such file; name the config.json of the network.");
        }

        var fields = JsonNode.Parse(ModelConfig.FromJson(File.ReadAllText(Config), Config).ToJson())!.AsObject();
        foreach (var (name, value) in run.ConfigSet)
        {
            if (!fields.ContainsKey(name))
            {
                throw new EngineException($"there is no field '{name}' of config.json; the fields are {string.Join(", ", fields.Select(entry => entry.Key))}.");
            }

            fields[name] = value?.DeepClone();
        }

        return ModelConfig.FromJson(fields.ToJsonString(), Config);
    }
}

/// <summary>One run of an ablation.</summary>
internal sealed record AblationRun
{
    /// <summary>Its name and that of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>Options of this run alone.</summary>
    public JsonObject Set { get; init; } = [];

    /// <summary>Fields of config.json that differ in this run.</summary>
    public JsonObject ConfigSet { get; init; } = [];

    /// <summary>The checkpoint whose weights it begins with; null: fresh ones.</summary>
    public string? From { get; init; }

    /// <summary>Minutes of training instead of steps; null: as the options say.</summary>
    public double? Minutes { get; init; }
}
