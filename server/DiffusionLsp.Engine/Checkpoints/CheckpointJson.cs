using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// Reads the JSON files of a checkpoint's folder: strict JSON in valid UTF-8, no key twice, a limit on the size.
/// After it every name in the document can be read; a text may still hold half a surrogate pair as an escape.
/// </summary>
internal static class CheckpointJson
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">The most bytes such a file may have: no honest one comes near.</param>
    /// <exception cref="CheckpointException">It is missing, unreadable, too long or not valid JSON.</exception>
    public static JsonDocument Read(string path, int longest)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (stream.Length > longest)
            {
                throw CheckpointFault.In(path, $"has {stream.Length} bytes, more than the {longest} allowed.");
            }

            byte[] json = new byte[stream.Length];
            stream.ReadExactly(json);
            return Parse(path, json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointFault.In(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Parses the bytes of a file.</summary>
    public static JsonDocument Parse(string path, ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw CheckpointFault.In(path, "is not valid UTF-8.");
        }

        var byteOrderMark = Encoding.UTF8.Preamble;
        try
        {
            return JsonDocument.Parse(json.Span.StartsWith(byteOrderMark) ? json[byteOrderMark.Length..] : json, s_strict);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The search for repeated keys reads them all, and throws the second kind where one is no valid UTF-16.
            throw CheckpointFault.In(path, $"is not valid JSON ({CheckpointFault.Shown(e.Message)})", e);
        }
    }
}
