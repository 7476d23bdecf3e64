using System.Text;
using DiffusionLsp.Server.Documents;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// A source file as the command line reads it: strict UTF-8, and positions as compilers print them. It never
/// guesses: what is not there is an error that names what is. (The editor's documents, which clamp as LSP says, are
/// another matter and live elsewhere.)
/// </summary>
internal sealed class SourceFile
{
    /// <summary>Larger files are data, not source; the model sees a window of some kilobytes anyway.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly TextDocument _document;

    /// <summary>Takes text that was read from <paramref name="path"/>.</summary>
    public SourceFile(string path, string text)
    {
        _path = path;
        _document = new TextDocument(path, languageId: "", version: 0, text);
    }

    /// <summary>The whole text, without a byte order mark.</summary>
    public string Text => _document.Text;

    /// <summary>The first line end of the text: what an infill of several lines uses too.</summary>
    public string LineEnding => _document.LineEnding;

    /// <summary>Reads a file, or says in one line why it cannot be infilled.</summary>
    public static SourceFile Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new BadInputException($"{path} is a directory: name a source file.");
        }

        byte[] bytes;
        try
        {
            bytes = ReadAtMost(path, MaxBytes + 1);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadInputException($"{path} does not exist: check the name, or the folder you are in.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }

        if (bytes.Length > MaxBytes)
        {
            throw new BadInputException($"{path} is larger than {MaxBytes >> 20} MiB: name a source file.");
        }

        return new SourceFile(path, Decode(path, bytes));
    }

    /// <summary>The offset in <see cref="Text"/> of a position, which may be a line's end but not beyond it.</summary>
    public int OffsetOf(LineColumn position)
    {
        // The document clamps, so what is not there is what it answers with another place. No compiler points between the
        // halves of a surrogate pair; the character's start, which the document answers, is what can be meant.
        int offset = _document.OffsetAt(new Position(position.Line - 1, position.Column - 1));
        var found = PositionOf(offset);
        if (found.Line < position.Line)
        {
            throw new BadInputException($"{_path} has no line {position.Line}: its last position is {found}.");
        }

        bool isPair = offset + 1 < Text.Length && char.IsSurrogatePair(Text[offset], Text[offset + 1]);
        if (found.Column + (isPair ? 1 : 0) < position.Column)
        {
            throw new BadInputException(
                $"{_path}:{position.Line} has no column {position.Column}: its last position is {found}.");
        }

        return offset;
    }

    private LineColumn PositionOf(int offset)
    {
        var position = _document.PositionAt(offset);
        return new LineColumn(position.Line + 1, position.Character + 1);
    }

    private static byte[] ReadAtMost(string path, int limit)
    {
        // The length of a device or a pipe is a lie, so the limit is on what really comes.
        using var stream = File.OpenRead(path);
        using var content = new MemoryStream();
        byte[] buffer = new byte[81920];
        int read;
        while (content.Length < limit && (read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, limit - content.Length))) > 0)
        {
            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    private static string Decode(string path, byte[] bytes)
    {
        if (Array.IndexOf(bytes, (byte)0) is >= 0 and var at)
        {
            throw new BadInputException($"{path} is a binary file (a NUL at byte {at}): name a UTF-8 text file.");
        }

        int mark = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        try
        {
            return s_strictUtf8.GetString(bytes, mark, bytes.Length - mark);
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException($"{path} is not UTF-8 (at byte {mark + e.Index}): convert it, or name a UTF-8 text file.", e);
        }
    }
}
