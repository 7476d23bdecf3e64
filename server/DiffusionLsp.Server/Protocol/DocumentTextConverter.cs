using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>
/// Reads document text as editors hold it: any UTF-16 code units, halves of surrogate pairs among them. Editors send
/// such a half where an edit replaces one part of a pair, as <c>\ud83d</c>; the framework's own reader refuses it,
/// and the document could not be followed any further. Writing is the framework's.
/// </summary>
internal sealed class DocumentTextConverter : JsonConverter<string>
{
    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // Only an escape can spell half a pair.
        if (reader.TokenType != JsonTokenType.String || !reader.ValueIsEscaped)
        {
            return reader.GetString();
        }

        return Unescape(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);

    // The reader has checked the grammar: a backslash is followed by a whole escape.
    private static string Unescape(ReadOnlySpan<byte> json)
    {
        StringBuilder text = new(json.Length);
        while (json.IndexOf((byte)'\\') is >= 0 and var escape)
        {
            text.Append(Encoding.UTF8.GetString(json[..escape]));
            char kind = (char)json[escape + 1];
            int length = kind == 'u' ? 6 : 2;
            text.Append(kind switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)ushort.Parse(json[(escape + 2)..(escape + 6)], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                _ => kind,
            });
            json = json[(escape + length)..];
        }

        return text.Append(Encoding.UTF8.GetString(json)).ToString();
    }
}
