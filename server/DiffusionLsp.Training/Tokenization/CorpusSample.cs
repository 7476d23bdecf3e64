using System.Security.Cryptography;
using System.Text;

namespace DiffusionLsp.Training.Tokenization;

/// <summary>The sampled files of one language.</summary>
/// <param name="Language">The language, e.g. <c>python</c>.</param>
/// <param name="Files">The files' paths.</param>
/// <param name="Bytes">Their size.</param>
internal sealed record LanguageSample(string Language, IReadOnlyList<string> Files, long Bytes);

/// <summary>
/// Draws the files that a tokenizer is trained on: a share of the budget for each language, and within a language an
/// order that depends on the files' names alone. The same folder gives the same sample on any machine.
/// </summary>
internal static class CorpusSample
{
    private const long LongestSourceFile = 200_000;

    private static readonly Dictionary<string, string[]> s_extensionsOfLanguage = new()
    {
        ["python"] = [".py"],
        ["javascript"] = [".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"],
        ["csharp"] = [".cs"],
    };

    /// <summary>Draws files of <paramref name="maxBytes"/> in all; a language with less than its share gives all it has.</summary>
    public static IReadOnlyList<LanguageSample> Draw(
        string sourceFolder, IReadOnlyDictionary<string, double> weights, long maxBytes)
    {
        double sum = weights.Values.Sum();
        return [.. weights
            .OrderBy(weight => weight.Key, StringComparer.Ordinal)
            .Select(weight => Draw(sourceFolder, weight.Key, (long)(maxBytes * weight.Value / sum)))];
    }

    private static LanguageSample Draw(string sourceFolder, string language, long maxBytes)
    {
        var files = new List<string>();
        long bytes = 0;
        foreach (var file in FilesOf(sourceFolder, language).OrderBy(file => OrderOf(sourceFolder, file.FullName)))
        {
            if (bytes + file.Length <= maxBytes)
            {
                files.Add(file.FullName);
                bytes += file.Length;
            }
        }

        return new LanguageSample(language, files, bytes);
    }

    private static IEnumerable<FileInfo> FilesOf(string sourceFolder, string language)
    {
        var folder = new DirectoryInfo(Path.Combine(sourceFolder, "packages", language));
        var extensions = s_extensionsOfLanguage.GetValueOrDefault(language) ?? [];
        return folder.Exists
            ? folder.EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(file => extensions.Contains(file.Extension) && file.Length <= LongestSourceFile)
                .Where(file => !file.Name.Contains(".min.", StringComparison.Ordinal))
            : [];
    }

    private static UInt128 OrderOf(string sourceFolder, string file)
    {
        string name = Path.GetRelativePath(sourceFolder, file).Replace('\\', '/');
        return BitConverter.ToUInt128(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
    }
}
