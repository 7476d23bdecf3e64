using System.Globalization;
using System.Text.Json;
using CsCheck;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Tests.Protocol;

public sealed class DocumentTextConverterTests
{
    private static readonly Gen<char> _character = Gen.OneOf(
        Gen.Char, Gen.Char['a', 'z'], Gen.Char['\0', '\u001f'], Gen.Char['\ud800', '\udfff'], Gen.OneOf('"', '\\', '/'));

    [Fact]
    public void Text_of_any_code_units_is_read_as_it_was_written() =>
        Gen.Select(_character.Array[0, 20].Select(text => new string(text)), Gen.Bool).Sample(
            (text, isShort) =>
            {
                string json = $$"""{"text":"{{string.Concat(text.Select(character => Escape(character, isShort)))}}"}""";
                Assert.Equal(text, Read(json));
            },
            iter: 20_000);

    [Theory]
    [InlineData("""{"text":"\/\b\f\n\r\t\"\\ä😀"}""", "/\b\f\n\r\t\"\\ä😀")]
    [InlineData("""{"text":""}""", "")]
    public void Every_escape_is_known(string json, string text) => Assert.Equal(text, Read(json));

    [Theory]
    [InlineData("""{"text":null}""")]
    [InlineData("""{"text":1}""")]
    [InlineData("""{"text":"\ud83"}""")]
    public void What_is_no_text_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    private static string Read(string json) =>
        JsonSerializer.Deserialize(json, LspJson.Default.TextDocumentContentChangeEvent)!.Text;

    // A JSON text is UTF-8, which cannot hold half a pair: a writer has to escape it.
    private static string Escape(char character, bool isShort) =>
        isShort && character is >= ' ' and not ('"' or '\\') && !char.IsSurrogate(character)
            ? character.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
}
