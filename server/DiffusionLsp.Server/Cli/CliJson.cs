using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionLsp.Server.Evaluation;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Cli;

/// <summary>The JSON that commands print, serialized without reflection: it would cost every start some 50 ms.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(CommitCurveRow))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(EvalReport))]
[JsonSerializable(typeof(InfillJson))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(ModelEvent))]
[JsonSerializable(typeof(ModelReport))]
[JsonSerializable(typeof(RuntimeInfo))]
[JsonSerializable(typeof(ScoredItem))]
[JsonSerializable(typeof(SpeedReport))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Writes code as people read it: the default would escape every quote and plus sign for use in HTML.</summary>
    public static CliJson Readable { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    });

    /// <summary>An event as one line.</summary>
    public static string LineOf(ModelEvent happened) => JsonSerializer.Serialize(happened, Readable.ModelEvent) + "\n";
}
