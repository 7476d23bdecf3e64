using System.Diagnostics.CodeAnalysis;

namespace DiffusionLsp.Engine.Tokenization;

/// <summary>
/// The alphabet of byte-level BPE: one printable character for each byte, so that tokens of raw bytes can be written
/// as JSON strings. Bytes that are printable in Latin-1 stand for themselves, the others follow from U+0100 on
/// (Radford et al. 2019, openai/gpt-2:src/encoder.py). It maps bytes and characters only; it knows no vocabulary.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] s_characterOfByte = MakeCharacters();

    private static readonly short[] s_byteOfCharacter = MakeBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char Character(byte value) => s_characterOfByte[value];

    /// <summary>The characters that stand for the bytes.</summary>
    public static string Write(ReadOnlySpan<byte> bytes) =>
        string.Create(bytes.Length, bytes, static (characters, bytes) =>
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                characters[i] = s_characterOfByte[bytes[i]];
            }
        });

    /// <summary>The bytes that the characters stand for; false where one of them stands for none.</summary>
    public static bool TryRead(ReadOnlySpan<char> characters, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = new byte[characters.Length];
        for (int i = 0; i < characters.Length; i++)
        {
            char character = characters[i];
            if (character >= s_byteOfCharacter.Length || s_byteOfCharacter[character] < 0)
            {
                bytes = null;
                return false;
            }

            bytes[i] = (byte)s_byteOfCharacter[character];
        }

        return true;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < characters.Length; value++)
        {
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = isPrintable ? (char)value : next++;
        }

        return characters;
    }

    /// <summary>The byte of each character, -1 where there is none.</summary>
    private static short[] MakeBytes()
    {
        short[] bytes = new short[s_characterOfByte.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < s_characterOfByte.Length; value++)
        {
            bytes[s_characterOfByte[value]] = (short)value;
        }

        return bytes;
    }
}
