namespace DiffusionLsp.Training.Corpus;

/// <summary>The languages that a corpus may hold, and the names their files end in.</summary>
internal static class SourceLanguages
{
    private static readonly Dictionary<string, string[]> s_extensions = new(StringComparer.Ordinal)
    {
        ["csharp"] = [".cs"],
        ["javascript"] = [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"],
        ["python"] = [".py"],
    };

    /// <summary>The known languages, in alphabetical order.</summary>
    public static IEnumerable<string> Names => s_extensions.Keys;

    /// <summary>Whether a path ends as files of this language do.</summary>
    /// <exception cref="CorpusException">The language is unknown.</exception>
    public static bool Matches(string language, string path) =>
        Extensions(language).Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Throws where a language is unknown.</summary>
    /// <exception cref="CorpusException">The language is unknown.</exception>
    public static void Check(string language) => Extensions(language);

    private static string[] Extensions(string language) =>
        s_extensions.TryGetValue(language, out var extensions)
            ? extensions
            : throw new CorpusException($"{language}: not a language of the corpus; choose one of {string.Join(", ", Names)}.");
}
