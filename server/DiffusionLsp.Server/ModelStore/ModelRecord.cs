using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>Where an installed model came from, and the hashes of its files: a file in its folder.</summary>
internal sealed record ModelRecord
{
    /// <summary>The file's name.</summary>
    public const string FileName = "diffusionlsp-model.json";

    /// <summary>Its id on the hub; null where it was added from a folder.</summary>
    public string? Repository { get; init; }

    /// <summary>The commit.</summary>
    public string? Revision { get; init; }

    /// <summary>The licence of the weights, as the hub named it.</summary>
    public string? Licence { get; init; }

    /// <summary>Every file that was installed.</summary>
    public required IReadOnlyList<RecordedFile> Files { get; init; }

    /// <summary>The record of a model's folder; null where it has none that can be read.</summary>
    public static ModelRecord? Of(string folder)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, FileName));
            return JsonSerializer.Deserialize(file, StoreJson.Default.ModelRecord);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the record into a folder that nobody uses yet.</summary>
    public void Save(string folder) =>
        File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, StoreJson.Default.ModelRecord) + "\n");
}

/// <summary>A file as it must be.</summary>
/// <param name="Name">Its name in the model's folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, in lower-case hexadecimal.</param>
internal sealed record RecordedFile(string Name, long Bytes, string Sha256);

/// <summary>The JSON of the store's own files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true)]
[JsonSerializable(typeof(ModelCatalog))]
[JsonSerializable(typeof(ModelRecord))]
[JsonSerializable(typeof(Hub.PartialState))]
internal sealed partial class StoreJson : JsonSerializerContext;
