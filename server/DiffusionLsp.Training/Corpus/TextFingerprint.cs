using System.Security.Cryptography;
using System.Text;

namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// What two texts are compared by: a hash of the whole, and its shingles, the hashes of every five code lines in a
/// row (Broder 1997; ours are of lines instead of words). White space, blank lines and lines of comment count for
/// nothing, so that a licence's header makes no two files alike.
/// </summary>
/// <param name="Content">A hash of the text without the white space at its end.</param>
/// <param name="Shingles">The shingles, each once; a text of fewer than five lines has one.</param>
internal sealed record TextFingerprint(UInt128 Content, IReadOnlySet<ulong> Shingles)
{
    private const int LinesInShingle = 5;
    private const ulong Prime = 0x100000001B3;
    private const ulong Offset = 0xCBF29CE484222325;

    /// <summary>The fingerprint of a text.</summary>
    public static TextFingerprint Of(string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.TrimEnd()), digest);
        return new TextFingerprint(
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(digest),
            ShinglesOf(LineHashes(text)));
    }

    private static List<ulong> LineHashes(string text)
    {
        var hashes = new List<ulong>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (!trimmed.IsEmpty && !IsComment(trimmed))
            {
                hashes.Add(HashOf(trimmed));
            }
        }

        return hashes;
    }

    private static bool IsComment(ReadOnlySpan<char> line) =>
        line[0] is '#' or '*' || line.StartsWith("//") || line.StartsWith("/*");

    private static ulong HashOf(ReadOnlySpan<char> line)
    {
        var hash = Offset;
        foreach (var character in line)
        {
            hash = char.IsWhiteSpace(character) ? hash : (hash ^ character) * Prime;
        }

        return Mix(hash);
    }

    private static HashSet<ulong> ShinglesOf(List<ulong> lines)
    {
        var shingles = new HashSet<ulong>();
        var length = Math.Min(LinesInShingle, lines.Count);
        for (var start = 0; length > 0 && start + length <= lines.Count; start++)
        {
            var shingle = Offset;
            for (var line = start; line < start + length; line++)
            {
                shingle = Mix((shingle ^ lines[line]) * Prime);
            }

            shingles.Add(shingle);
        }

        return shingles;
    }

    // The finalizer of MurmurHash3: spreads every bit over all of them.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD;
        value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53;
        return value ^ (value >> 33);
    }
}
