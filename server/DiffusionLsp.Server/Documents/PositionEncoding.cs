using System.Text;

namespace DiffusionLsp.Server.Documents;

/// <summary>What a client counts the characters of a line in.</summary>
internal enum PositionEncoding
{
    /// <summary>UTF-16 code units: the protocol's default, and what C#'s strings count in.</summary>
    Utf16,

    /// <summary>Bytes of UTF-8.</summary>
    Utf8,

    /// <summary>Code points.</summary>
    Utf32,
}

/// <summary>
/// Converts between a client's characters and offsets into a line. Half a surrogate pair that stands alone counts as
/// one code point, and as three bytes, which is what UTF-8 has in its place. Knows no document and no line ends.
/// </summary>
internal static class PositionEncodings
{
    private static readonly (string Name, PositionEncoding Encoding)[] _known =
    [
        ("utf-16", PositionEncoding.Utf16),
        ("utf-8", PositionEncoding.Utf8),
        ("utf-32", PositionEncoding.Utf32),
    ];

    /// <summary>The first of the client's encodings that this server knows; UTF-16 where there is none.</summary>
    /// <param name="offered">The client's encodings, the one it likes best first.</param>
    public static PositionEncoding Choose(IEnumerable<string?> offered) => offered
        .SelectMany(name => _known.Where(known => known.Name == name))
        .FirstOrDefault(_known[0]).Encoding;

    /// <summary>The protocol's name of an encoding.</summary>
    public static string Name(this PositionEncoding encoding) => _known.Single(known => known.Encoding == encoding).Name;

    /// <summary>How many characters the client counts in a piece of a line.</summary>
    public static int Count(this PositionEncoding encoding, ReadOnlySpan<char> text)
    {
        int count = 0;
        while (text.Length > 0)
        {
            int simple = SimpleLength(encoding, text);
            (int length, int characters) = simple > 0 ? (simple, simple) : CodePoint(encoding, text);
            count += characters;
            text = text[length..];
        }

        return count;
    }

    /// <summary>
    /// The offset of a character in a line. Past the line's end it is the line's length; within a code point it is the
    /// code point's start, except in UTF-16, where the halves of a pair have offsets of their own.
    /// </summary>
    public static int OffsetOf(this PositionEncoding encoding, ReadOnlySpan<char> line, int character)
    {
        int offset = 0;
        while (offset < line.Length && character > 0)
        {
            ReadOnlySpan<char> rest = line[offset..];
            int simple = SimpleLength(encoding, rest[..Math.Min(character, rest.Length)]);
            (int length, int characters) = simple > 0 ? (simple, simple) : CodePoint(encoding, rest);
            if (characters > character)
            {
                break;
            }

            offset += length;
            character -= characters;
        }

        return offset;
    }

    // How much of the beginning has one code unit for one character: found by vector instructions, which matters for
    // a file of one line.
    private static int SimpleLength(PositionEncoding encoding, ReadOnlySpan<char> text)
    {
        int end = encoding switch
        {
            PositionEncoding.Utf8 => text.IndexOfAnyExceptInRange('\0', '\x7f'),
            PositionEncoding.Utf32 => text.IndexOfAnyInRange('\ud800', '\udfff'),
            _ => -1,
        };
        return end < 0 ? text.Length : end;
    }

    // What cannot be decoded is half a pair, and comes out as the replacement character: three bytes.
    private static (int Length, int Characters) CodePoint(PositionEncoding encoding, ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out Rune rune, out int length);
        return (length, encoding == PositionEncoding.Utf8 ? rune.Utf8SequenceLength : 1);
    }
}
