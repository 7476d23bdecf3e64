using System.Text;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>
/// What holds of every middle, said once more and in other words than the engine's: no special token, no half of a
/// code point, not the suffix's first line again.
/// </summary>
internal static class OutputInvariants
{
    private static readonly Encoding Strict = new UTF8Encoding(false, throwOnInvalidBytes: true);

    public static void Check(InfillRequest request, InfillResult result, IEnumerable<string> specialTokens)
    {
        string middle = result.Middle;
        Assert.Equal(middle.Length == 0, result.Outcome == InfillOutcome.Empty);
        Assert.All(specialTokens, token => Assert.DoesNotContain(token, middle, StringComparison.Ordinal));
        Assert.Equal(middle, Strict.GetString(Strict.GetBytes(middle)));
        Assert.DoesNotContain('\ufffd', middle);
        if (middle.Length == 0)
        {
            // The document may say the same line twice by itself.
            return;
        }

        if (LinesOf(request.Suffix)[0].Trim() is { Length: > 0 } rest)
        {
            CheckRestOfLine(request, middle, rest);
        }
        else if (LinesOf(request.Suffix).FirstOrDefault(line => line.Trim().Length > 0) is { } next)
        {
            CheckNextLine(request, middle, next);
        }
    }

    private static void CheckRestOfLine(InfillRequest request, string middle, string rest)
    {
        if (rest.Length > 3 && !char.IsLowSurrogate(rest[0]))
        {
            Assert.All(LinesOf(middle), line => Assert.False(line.TrimEnd().EndsWith(rest, StringComparison.Ordinal)));
        }
        else if (middle.TrimEnd().EndsWith(rest, StringComparison.Ordinal))
        {
            CheckBrackets(request, middle, middle.TrimEnd()[..^rest.Length]);
        }
    }

    private static void CheckNextLine(InfillRequest request, string middle, string next)
    {
        string[] lines = LinesOf(middle);
        for (int index = 0; index < lines.Length; index++)
        {
            string whole = (index == 0 ? LinesOf(request.Prefix)[^1] : "") + lines[index];
            if (whole.Trim() != next.Trim() || IsDeeper(whole, next))
            {
                continue;
            }

            Assert.True(next.Trim().Length <= 3 && next.Any("()[]{}".Contains), $"'{next}' comes again");
            CheckBrackets(request, string.Join('\n', lines[..(index + 1)]), string.Join('\n', lines[..index]));
        }
    }

    private static void CheckBrackets(InfillRequest request, string with, string without) => Assert.False(
        IsBalanced(request.Prefix + without + request.Suffix) && !IsBalanced(request.Prefix + with + request.Suffix),
        "a bracket comes once too often");

    private static bool IsDeeper(string line, string other)
    {
        string mine = line[..^line.TrimStart().Length];
        string its = other[..^other.TrimStart().Length];
        return mine.StartsWith(its, StringComparison.Ordinal) && mine.Length > its.Length;
    }

    private static bool IsBalanced(string text)
    {
        var open = new Stack<char>();
        foreach (char character in text.Where("()[]{}".Contains))
        {
            if ("([{".Contains(character))
            {
                open.Push(character);
            }
            else if (open.Count == 0 || open.Pop() != "([{"[")]}".IndexOf(character)])
            {
                return false;
            }
        }

        return open.Count == 0;
    }

    private static string[] LinesOf(string text) => text.Split(["\r\n", "\n", "\r"], StringSplitOptions.None);
}
