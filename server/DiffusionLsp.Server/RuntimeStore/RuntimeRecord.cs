using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;

namespace DiffusionLsp.Server.RuntimeStore;

/// <summary>What an installed runtime is for, and its files: a file in its folder, which the engine reads.</summary>
/// <param name="TorchSharp">The version of TorchSharp.</param>
/// <param name="Platform">The platform.</param>
/// <param name="Libtorch">The version of libtorch.</param>
/// <param name="Files">Every file.</param>
internal sealed record RuntimeRecord(string TorchSharp, string Platform, string Libtorch, IReadOnlyList<RecordedFile> Files)
{
    /// <summary>The bytes of all files.</summary>
    [JsonIgnore]
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>The record of a runtime's folder; null where it has none that can be read.</summary>
    public static RuntimeRecord? Of(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, InstalledRuntime.RecordName)), RuntimeJson.Default.RuntimeRecord);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the record into a folder that nobody uses yet.</summary>
    public void Save(string folder) => File.WriteAllText(
        Path.Combine(folder, InstalledRuntime.RecordName), JsonSerializer.Serialize(this, RuntimeJson.Default.RuntimeRecord) + "\n");
}

/// <summary>The JSON of runtimes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true)]
[JsonSerializable(typeof(RuntimeRecord))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
