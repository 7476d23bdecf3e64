using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.EngineProcess;

/// <summary>
/// An infill on its way to the engine's process. The texts travel as UTF-16: a document may hold half a surrogate pair,
/// which no JSON string can.
/// </summary>
/// <param name="Prefix">The text before the gap, two bytes a code unit.</param>
/// <param name="Suffix">The text after the gap, likewise.</param>
/// <param name="Related">The related text, likewise.</param>
/// <param name="Options">The rest of the request; its texts are empty.</param>
internal sealed record EngineRequest(byte[] Prefix, byte[] Suffix, byte[] Related, InfillRequest Options)
{
    /// <summary>The message for a request.</summary>
    public static EngineRequest Of(InfillRequest request) =>
        new(
        Bytes(request.Prefix), Bytes(request.Suffix), Bytes(request.Related), request with { Prefix = "", Suffix = "", Related = "" });

    /// <summary>The request of this message.</summary>
    public InfillRequest ToInfill() => Options with { Prefix = Text(Prefix), Suffix = Text(Suffix), Related = Text(Related) };

    private static byte[] Bytes(string text) => MemoryMarshal.AsBytes(text.AsSpan()).ToArray();

    private static string Text(byte[] bytes) => new(MemoryMarshal.Cast<byte, char>(bytes));
}

/// <summary>The names of the messages between a server and the engine's process, and how their records are written.</summary>
internal static class EngineMessages
{
    /// <summary>Asks what is loaded; answered when it is, or with an error where it cannot be.</summary>
    public const string Describe = "engine/describe";

    /// <summary>Asks for an infill.</summary>
    public const string Infill = "engine/infill";

    /// <summary>The engine says that it leaves, so that its end is not taken for a crash.</summary>
    public const string Leaving = "engine/leaving";

    /// <summary>How the records are written.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
    };
}
