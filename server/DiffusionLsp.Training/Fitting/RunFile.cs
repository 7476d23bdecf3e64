using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// What run.json says: the options of a run, by their names, and beside them what it began with. A folder with a
/// run.json is a run.
/// </summary>
/// <param name="Options">The options.</param>
/// <param name="CorpusSha256">The corpus it is trained on, as its corpus.json says; null in runs of older versions.</param>
/// <param name="From">The weights it began with; null: fresh ones.</param>
internal sealed record RunFile(FitOptions Options, string? CorpusSha256, WarmStart? From)
{
    private const string CorpusName = "corpus_sha256";
    private const string FromName = "from";

    /// <summary>Reads the file.</summary>
    /// <exception cref="EngineException">It is no run.json.</exception>
    public static RunFile Load(string path)
    {
        try
        {
            var fields = JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new JsonException("it is no object");
            return new RunFile(
                fields.Deserialize<FitOptions>(FitOptions.Json)!,
                fields[CorpusName]?.GetValue<string>(),
                fields[FromName].Deserialize<WarmStart>(FitOptions.Json));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new EngineException(
                $"{path} holds no options ({exception.Message.ReplaceLineEndings(" ")}); start the run in a new folder.", exception);
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Save(string path)
    {
        var fields = JsonSerializer.SerializeToNode(Options, FitOptions.Json)!.AsObject();
        fields[CorpusName] = CorpusSha256;
        fields[FromName] = JsonSerializer.SerializeToNode(From, FitOptions.Json);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(fields.ToJsonString(FitOptions.Json) + "\n")));
    }
}
