namespace DiffusionLsp.Server.Cli;

/// <summary>A gap in a sample file: the text on its two sides, the middle taken out.</summary>
internal sealed record SampleGap(string Prefix, string Suffix);

/// <summary>
/// The gaps that the benchmark fills: in each sample file, what follows the first <c>return</c>s. They are the same
/// on every machine, so that figures compare.
/// </summary>
internal static class SampleGaps
{
    private const string Opening = "return ";
    private const int ShortestMiddle = 6;
    private const int PerFile = 2;

    /// <summary>The gaps in a folder's files, in the order of their names.</summary>
    /// <exception cref="BadInputException">There are none.</exception>
    public static IReadOnlyList<SampleGap> In(string folder)
    {
        var gaps = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
                .SelectMany(path => Of(SourceFile.Read(path).Text).Take(PerFile)).ToList()
            : [];
        return gaps.Count > 0 ? gaps : throw new BadInputException($"There are no sample files in {folder}: install again.");
    }

    private static IEnumerable<SampleGap> Of(string text)
    {
        for (int at = 0; (at = text.IndexOf(Opening, at, StringComparison.Ordinal)) >= 0;)
        {
            at += Opening.Length;
            int end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end;
            if (end - at >= ShortestMiddle)
            {
                yield return new SampleGap(text[..at], text[end..]);
            }
        }
    }
}
