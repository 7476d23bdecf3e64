using System.Text.Json;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>Reads the JSON files of a checkpoint's folder: strict JSON, no key twice, a limit on the size.</summary>
internal static class CheckpointJson
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">The most bytes such a file may have: no honest one comes near.</param>
    /// <exception cref="CheckpointException">It is missing, unreadable, too long or not valid JSON.</exception>
    public static JsonDocument Read(string path, long longest)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return stream.Length <= longest
                ? JsonDocument.Parse(stream, s_strict)
                : throw CheckpointFault.In(path, $"has {stream.Length} bytes, more than the {longest} allowed.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointFault.In(path, $"cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw NotJson(path, e);
        }
    }

    /// <summary>Parses text that belongs to a file.</summary>
    public static JsonDocument Parse(string path, string text)
    {
        try
        {
            return JsonDocument.Parse(text, s_strict);
        }
        catch (JsonException e)
        {
            throw NotJson(path, e);
        }
    }

    private static CheckpointException NotJson(string path, JsonException e) =>
        CheckpointFault.In(path, $"is not valid JSON ({CheckpointFault.Shown(e.Message)})", e);
}
