using System.Security.Cryptography;
using System.Text;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tokenization;

/// <summary>The sampled files of one language.</summary>
/// <param name="Language">The language, e.g. <c>python</c>.</param>
/// <param name="Files">The files' paths.</param>
/// <param name="Bytes">Their size.</param>
internal sealed record LanguageSample(string Language, IReadOnlyList<string> Files, long Bytes);

/// <summary>
/// Draws the files that a tokenizer is trained on from the training part of a corpus: a share of the budget for each
/// language, and within a language an order that depends on the files' names alone. The same folder gives the same
/// sample on any machine.
/// </summary>
internal static class CorpusSample
{
    /// <summary>Draws files of <paramref name="maxBytes"/> in all; a language with less than its share gives all it has.</summary>
    public static IReadOnlyList<LanguageSample> Draw(
        string sourceFolder, IReadOnlyDictionary<string, double> weights, long maxBytes, int heldOutFamilies)
    {
        double sum = weights.Values.Sum();
        return [.. weights.OrderBy(weight => weight.Key, StringComparer.Ordinal).Select(weight => Draw(
            sourceFolder,
            new CorpusOptions { Language = weight.Key, HeldOutFamilies = heldOutFamilies },
            (long)(maxBytes * weight.Value / sum)))];
    }

    private static LanguageSample Draw(string sourceFolder, CorpusOptions options, long maxBytes)
    {
        var candidates = CorpusFiles.Open(sourceFolder, options).Enumerate()
            .Where(file => !file.IsHeldOut)
            .Select(file => new FileInfo(Path.Combine(file.Package.PathIn(sourceFolder), file.Path)))
            .OrderBy(file => OrderOf(sourceFolder, file.FullName));
        var files = new List<string>();
        long bytes = 0;
        foreach (var file in candidates)
        {
            if (bytes + file.Length <= maxBytes)
            {
                files.Add(file.FullName);
                bytes += file.Length;
            }
        }

        return new LanguageSample(options.Language!, files, bytes);
    }

    private static UInt128 OrderOf(string sourceFolder, string file)
    {
        string name = Path.GetRelativePath(sourceFolder, file).Replace('\\', '/');
        return BitConverter.ToUInt128(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
    }
}
