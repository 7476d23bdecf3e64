using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// Decides by a file's path, size and text whether a person wrote it as code. It knows one file at a time: what
/// repeats another file is <see cref="RepetitionFilter"/>'s matter.
/// </summary>
internal static partial class FileFilter
{
    /// <summary>The fewest bytes of a file that is kept.</summary>
    public const int MinimumBytes = 64;

    /// <summary>The most bytes of a file that is kept.</summary>
    public const int MaximumBytes = 512 * 1024;

    private const int MaximumLineLength = 1000;
    private const int MaximumMeanLineLength = 100;
    private const int HeaderLines = 30;
    private const int HeaderLength = 3000;
    private const int TableLines = 60;
    private const double TableShare = 0.6;
    private const double LetterShare = 0.3;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly HashSet<string> s_vendoredFolders = new(StringComparer.OrdinalIgnoreCase)
    {
        "_vendor", "_vendored", "_vendored_packages", "vendor", "vendored", "vendors", "third_party", "thirdparty",
        "third-party", "3rdparty", "extern", "externals", "_distutils_hack", "node_modules", "site-packages",
    };

    /// <summary>The reason to drop a file that its path gives, if any.</summary>
    public static DropReason? ByPath(string path)
    {
        var parts = path.Split('/');
        if (parts.AsSpan(0, parts.Length - 1).ContainsAnyOf(s_vendoredFolders))
        {
            return DropReason.Vendored;
        }

        return GeneratedName().IsMatch(parts[^1]) || parts.Contains("generated", StringComparer.OrdinalIgnoreCase)
            ? DropReason.Generated
            : null;
    }

    /// <summary>The reason to drop a file that its size gives, if any.</summary>
    public static DropReason? BySize(long bytes) => bytes switch
    {
        < MinimumBytes => DropReason.TooSmall,
        > MaximumBytes => DropReason.TooLarge,
        _ => null,
    };

    /// <summary>Reads UTF-8 without its byte-order mark, with LF at every line's end; false where it is none.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (bytes.Contains((byte)0))
        {
            return false;
        }

        var mark = Encoding.UTF8.Preamble;
        try
        {
            text = s_strictUtf8.GetString(bytes.StartsWith(mark) ? bytes[mark.Length..] : bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        // A form feed or a line separator (U+2028) is no line's end to a compiler, so ReplaceLineEndings is too keen.
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return true;
    }

    /// <summary>The reason to drop a file that its text gives, if any.</summary>
    public static DropReason? ByText(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return DropReason.TooSmall;
        }

        return IsMinified(text) ? DropReason.Minified
            : IsGenerated(text) ? DropReason.Generated
            : IsDataTable(text) ? DropReason.DataTable
            : null;
    }

    private static bool IsMinified(string text)
    {
        var lines = 0;
        var characters = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.Length > MaximumLineLength)
            {
                return true;
            }

            lines += line.IsWhiteSpace() ? 0 : 1;
            characters += line.Length;
        }

        return characters > MaximumMeanLineLength * lines;
    }

    private static bool IsGenerated(string text)
    {
        var header = text.AsSpan(0, Math.Min(text.Length, HeaderLength));
        var left = HeaderLines;
        foreach (var line in header.EnumerateLines())
        {
            if (left-- == 0)
            {
                return false;
            }

            if (GeneratedHeader().IsMatch(line))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsDataTable(string text)
    {
        var letters = 0;
        var signs = 0;
        foreach (var character in text)
        {
            letters += char.IsLetter(character) ? 1 : 0;
            signs += char.IsWhiteSpace(character) ? 0 : 1;
        }

        var lines = 0;
        var rows = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            lines += trimmed.IsEmpty ? 0 : 1;
            rows += IsRow(trimmed) ? 1 : 0;
        }

        return letters < LetterShare * signs || (lines >= TableLines && rows > TableShare * lines);
    }

    // A row begins with a value or an opening bracket and ends with the comma before the next one.
    private static bool IsRow(ReadOnlySpan<char> line) =>
        line.Length > 1 && line[^1] == ',' && (char.IsAsciiDigit(line[0]) || "\"'([{-".Contains(line[0]));

    private static bool ContainsAnyOf(this Span<string> parts, HashSet<string> names)
    {
        foreach (var part in parts)
        {
            if (names.Contains(part))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(
        @"(_pb2(_grpc)?\.pyi?|\.(min|bundle|generated)\.[cm]?[jt]sx?|\.(g|g\.i|designer|generated)\.cs|\.d\.[cm]?ts|^(lextab|yacctab|parsetab|_version|versioneer)\.py|^(assemblyinfo|package-lock|npm-shrinkwrap)\..*|\.lock)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex GeneratedName();

    [GeneratedRegex(
        @"auto-?\s?generated|automatically (generated|created)|machine[- ]generated|(code|file|module|was|is|been) (was |is )?generated (by|from|with|using)|do not (edit|modify)|don't edit|@generated|^\W*generated (by|from|with|using)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex GeneratedHeader();
}
