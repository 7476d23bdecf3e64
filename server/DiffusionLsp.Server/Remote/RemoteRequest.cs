using System.Net.Http.Headers;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// Writes a request in an engine's own form. The two texts around the gap go into it, the length and the draw; nothing that
/// says where the text is from, and no text of other files.
/// </summary>
/// <param name="form">The form.</param>
/// <param name="choice">What the user says of the model.</param>
internal sealed class RemoteRequest(RemoteForm form, RemoteChoice choice)
{
    /// <summary>Where a template has the text before the gap.</summary>
    public const string Prefix = "{prefix}";

    /// <summary>Where a template has the text after it.</summary>
    public const string Suffix = "{suffix}";

    // Some ten lines: a middle that needs more is rarely right.
    private const int DefaultTokens = 128;

    /// <summary>The body of a request.</summary>
    /// <param name="request">What to infill.</param>
    /// <param name="choices">How many middles are wanted.</param>
    public ByteArrayContent Body(InfillRequest request, int choices)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            if (choice.Model is { } model)
            {
                json.WriteString("model", model);
            }

            WriteTexts(json, request);
            json.WriteNumber(form == RemoteForm.Infill ? "n_predict" : "max_tokens", request.MaxTokens ?? DefaultTokens);
            json.WriteNumber("temperature", request.Temperature);
            if (form != RemoteForm.FillInTheMiddle)
            {
                json.WriteNumber("seed", request.Seed);
            }

            if (choices > 1)
            {
                json.WriteNumber("n", choices);
            }

            json.WriteBoolean("stream", true);
            json.WriteEndObject();
        }

        return new ByteArrayContent(bytes.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    private void WriteTexts(Utf8JsonWriter json, InfillRequest request)
    {
        if (form == RemoteForm.Infill)
        {
            json.WriteString("input_prefix", request.Prefix);
            json.WriteString("input_suffix", request.Suffix);
            json.WriteString("prompt", "");
            json.WriteBoolean("cache_prompt", true);
            return;
        }

        json.WriteString("prompt", choice.Template is { } template ? Joined(template, request) : request.Prefix);

        // Engines that refuse a suffix can still go on at the end of a text.
        if (choice.Template is null && request.Suffix.Length > 0)
        {
            json.WriteString("suffix", request.Suffix);
        }
    }

    // In one pass, since the texts themselves may hold what marks their places.
    private static string Joined(string template, InfillRequest request)
    {
        int prefix = template.IndexOf(Prefix, StringComparison.Ordinal);
        int suffix = template.IndexOf(Suffix, StringComparison.Ordinal);
        return prefix < suffix
            ? template[..prefix] + request.Prefix + template[(prefix + Prefix.Length)..suffix] + request.Suffix + template[(suffix + Suffix.Length)..]
            : template[..suffix] + request.Suffix + template[(suffix + Suffix.Length)..prefix] + request.Prefix + template[(prefix + Prefix.Length)..];
    }
}
