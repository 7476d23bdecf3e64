using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// Chooses the families of packages that are held out. The choice hangs on names and the seed alone, save that
/// families too small to measure or too large to spare come last.
/// </summary>
internal static class HeldOutSplit
{
    private const long SmallestBytes = 100_000;
    private const double LargestShare = 0.02;

    /// <summary>The held-out families of one language, given how many bytes each family has.</summary>
    /// <exception cref="CorpusException">Nothing would be left to train on.</exception>
    public static IReadOnlySet<string> Choose(string language, IReadOnlyDictionary<string, long> families, CorpusOptions options)
    {
        if (options.HeldOutFamilies < 0)
        {
            throw new CorpusException("--held-out-packages must not be negative.");
        }

        if (options.HeldOutFamilies > 0 && options.HeldOutFamilies >= families.Count)
        {
            throw new CorpusException(families.Count < 2
                ? $"{language}: one family of packages cannot be split; fetch more packages, or give --held-out-packages 0."
                : $"{language}: {families.Count} families of packages; give --held-out-packages {families.Count - 1} or less.");
        }

        var largest = LargestShare * families.Values.Sum();
        return families
            .OrderBy(family => family.Value >= SmallestBytes && family.Value <= largest ? 0 : 1)
            .ThenBy(family => OrderOf(family.Key, options.Seed), StringComparer.Ordinal)
            .Take(options.HeldOutFamilies)
            .Select(family => family.Key)
            .ToHashSet(StringComparer.Ordinal);
    }

    private static string OrderOf(string family, int seed) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}:{family}"))));
}
