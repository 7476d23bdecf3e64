using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionLsp.Server.Documents;
using Range = DiffusionLsp.Server.Protocol.Range;

namespace DiffusionLsp.Server.Edits;

/// <summary>
/// What an offered action remembers until it is chosen, in the client's hands: no text but blanks, and what the user says is
/// to be done, which the client adds.
/// </summary>
internal sealed record EditData
{
    private const int LongestInstruction = 1_000;

    /// <summary>The document.</summary>
    public required string Uri { get; init; }

    /// <summary>The version in which it was offered.</summary>
    public required int Version { get; init; }

    /// <summary>What is replaced.</summary>
    public required Range Range { get; init; }

    /// <summary>The kind, by the protocol's name.</summary>
    public required string Kind { get; init; }

    /// <summary>Which of the alternatives, from 0.</summary>
    public required int Alternative { get; init; }

    /// <summary>What is put before the infill; null for nothing.</summary>
    public string? Lead { get; init; }

    /// <summary>What the user says is to be done to the code; null where the model is to judge by the code around it.</summary>
    public string? Instruction { get; init; }

    /// <summary>How likely its text is by the model's own account, 0 to 1; null until the edit is made.</summary>
    public double? Likelihood { get; init; }

    /// <summary>Reads what a client hands back.</summary>
    /// <exception cref="JsonException">It is not what it was given.</exception>
    public static EditData Read(JsonElement data)
    {
        EditData? read = data.Deserialize(EditJson.Default.EditData);
        return read is { Alternative: >= 0 } && EditKinds.Of(read.Kind) is not null
            && TextDocument.IsRange(read.Range) && string.IsNullOrWhiteSpace(read.Lead)
            && read.Instruction is not { Length: > LongestInstruction }
            ? read
            : throw new JsonException("This is no data of an action that was offered here.");
    }

    /// <summary>The site in the version that it was offered in.</summary>
    /// <exception cref="JsonException">Nobody was offered so much.</exception>
    public EditSite In(TextDocument document)
    {
        TextSpan span = new(document.OffsetAt(Range.Start), document.OffsetAt(Range.End));
        return !EditSite.IsAbsurd(document, span)
            ? new EditSite(document, EditKinds.Of(Kind)!.Value, span, Lead ?? "") { Instruction = EditInstruction.Of(Instruction) }
            : throw new JsonException("This range is longer than any that was offered here.");
    }

    /// <summary>As the client gets it.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, EditJson.Default.EditData);
}

/// <summary>How <see cref="EditData"/> is written and read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EditData))]
internal sealed partial class EditJson : JsonSerializerContext;
