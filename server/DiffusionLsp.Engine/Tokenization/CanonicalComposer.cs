using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace DiffusionLsp.Engine.Tokenization;

/// <summary>
/// Unicode normalization form C (UAX #15), which knows where each unit of the result came from. The base library's
/// own does nothing where globalization is invariant, and gives no offsets anywhere. It knows no other form.
/// </summary>
internal sealed class CanonicalComposer
{
    /// <summary>Everything below is a starter that composes with nothing before it.</summary>
    private const int FirstCombining = 0x0300;

    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TailCount;

    private static readonly Lazy<CanonicalComposer> s_instance = new(() => new CanonicalComposer());

    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly HashSet<int> _seconds = [];
    private readonly Dictionary<int, byte> _classes = [];

    private CanonicalComposer()
    {
        var assembly = typeof(CanonicalComposer).Assembly;
        using var reader = new StreamReader(assembly.GetManifestResourceStream("UnicodeComposition.txt")!);
        while (reader.ReadLine() is { } line)
        {
            AddLine(line);
        }
    }

    /// <summary>Composes well-formed text.</summary>
    public static NormalizedText Compose(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstCombining - 1))
            ? s_instance.Value.ComposeSegments(text)
            : new NormalizedText(text);

    private NormalizedText ComposeSegments(string text)
    {
        var composed = new StringBuilder(text.Length);
        var origins = new List<TextRange>(text.Length);
        bool isChanged = false;
        for (int start = 0; start < text.Length;)
        {
            var segment = new TextRange(start, LengthOfSegment(text.AsSpan(start)));
            var original = text.AsSpan(segment.Start, segment.Length);
            string? changed = ComposeSegment(original);
            composed.Append(changed is null ? original : changed);
            for (int i = 0; i < (changed?.Length ?? original.Length); i++)
            {
                origins.Add(changed is null ? new TextRange(start + i, 1) : segment);
            }

            isChanged |= changed is not null;
            start = segment.End;
        }

        return isChanged ? new NormalizedText(composed.ToString(), [.. origins]) : new NormalizedText(text);
    }

    /// <summary>The length of the first run of the text that composes independently of what follows.</summary>
    private int LengthOfSegment(ReadOnlySpan<char> text)
    {
        int length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (length > 0 && IsIndependent(rune.Value))
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return length;
    }

    private bool IsIndependent(int codePoint)
    {
        if (codePoint < FirstCombining)
        {
            return true;
        }

        while (_decompositions.TryGetValue(codePoint, out int[]? parts))
        {
            codePoint = parts[0];
        }

        bool isHangulVowelOrTail = codePoint is >= VowelBase and < VowelBase + VowelCount
            or > TailBase and < TailBase + TailCount;
        return ClassOf(codePoint) == 0 && !_seconds.Contains(codePoint) && !isHangulVowelOrTail;
    }

    /// <summary>The composed segment, or null where it is composed already.</summary>
    private string? ComposeSegment(ReadOnlySpan<char> segment)
    {
        if (segment is [< (char)FirstCombining])
        {
            return null;
        }

        var codePoints = new List<int>();
        foreach (var rune in segment.EnumerateRunes())
        {
            Decompose(rune.Value, codePoints);
        }

        Reorder(codePoints);
        Recompose(codePoints);
        string composed = string.Concat(codePoints.Select(char.ConvertFromUtf32));
        return segment.SequenceEqual(composed) ? null : composed;
    }

    private void Decompose(int codePoint, List<int> result)
    {
        if (codePoint is >= HangulBase and < HangulBase + SyllableCount)
        {
            int syllable = codePoint - HangulBase;
            result.Add(LeadBase + (syllable / (VowelCount * TailCount)));
            result.Add(VowelBase + (syllable / TailCount % VowelCount));
            if (syllable % TailCount is var tail and > 0)
            {
                result.Add(TailBase + tail);
            }
        }
        else if (_decompositions.TryGetValue(codePoint, out int[]? parts))
        {
            foreach (int part in parts)
            {
                Decompose(part, result);
            }
        }
        else
        {
            result.Add(codePoint);
        }
    }

    /// <summary>Sorts each run of combining marks by class and leaves equal classes in order.</summary>
    private void Reorder(List<int> codePoints)
    {
        for (int start = 0; start < codePoints.Count; start++)
        {
            int count = 0;
            while (start + count < codePoints.Count && ClassOf(codePoints[start + count]) > 0)
            {
                count++;
            }

            int[] sorted = [.. codePoints.GetRange(start, count).OrderBy(ClassOf)];
            sorted.CopyTo(CollectionsMarshal.AsSpan(codePoints)[start..]);
            start += count;
        }
    }

    private void Recompose(List<int> codePoints)
    {
        int starter = -1;
        int lastClass = -1;
        int written = 0;
        foreach (int codePoint in codePoints.ToArray())
        {
            int combiningClass = ClassOf(codePoint);
            bool isBlocked = starter < 0 || lastClass >= combiningClass;
            if (!isBlocked && TryCompose(codePoints[starter], codePoint, out int composed))
            {
                codePoints[starter] = composed;
                continue;
            }

            (starter, lastClass) = combiningClass == 0 ? (written, -1) : (starter, combiningClass);
            codePoints[written++] = codePoint;
        }

        codePoints.RemoveRange(written, codePoints.Count - written);
    }

    private bool TryCompose(int first, int second, out int composed)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            composed = HangulBase + (((lead * VowelCount) + vowel) * TailCount);
            return true;
        }

        int syllable = first - HangulBase;
        int tail = second - TailBase;
        if (syllable is >= 0 and < SyllableCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
        {
            composed = first + tail;
            return true;
        }

        return _compositions.TryGetValue((first, second), out composed);
    }

    private int ClassOf(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>Reads one line of the table; its first lines say how.</summary>
    private void AddLine(string line)
    {
        int separator = line.AsSpan().IndexOfAny(":=>");
        switch (line[0] == '#' ? '#' : line[separator])
        {
            case ':':
                int dash = line.IndexOf('-', StringComparison.Ordinal);
                byte combiningClass = byte.Parse(line.AsSpan(separator + 1), CultureInfo.InvariantCulture);
                for (int i = ParseHex(line.AsSpan(0, dash)); i <= ParseHex(line.AsSpan(dash + 1, separator - dash - 1)); i++)
                {
                    _classes.Add(i, combiningClass);
                }

                break;
            case '=' or '>':
                int codePoint = ParseHex(line.AsSpan(0, separator));
                int[] parts = [.. line[(separator + 1)..].Split(' ').Select(part => ParseHex(part))];
                _decompositions.Add(codePoint, parts);
                if (line[separator] == '=')
                {
                    _compositions.Add((parts[0], parts[1]), codePoint);
                    _seconds.Add(parts[1]);
                }

                break;
        }
    }

    private static int ParseHex(ReadOnlySpan<char> digits) =>
        int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
