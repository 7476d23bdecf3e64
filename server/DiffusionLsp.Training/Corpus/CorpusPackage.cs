using System.Text.Json;

namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// A package of source files and where it came from. Packages of one family share authors and often code, so a
/// family is held out or trained on as one.
/// </summary>
internal sealed record CorpusPackage
{
    /// <summary>The file that lists the packages of a source folder.</summary>
    public const string ListName = "packages.json";

    /// <summary>The folder below a source folder that holds <c>language/package/...</c>.</summary>
    public const string RootName = "packages";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Its name, which is also its folder's: the registry's name, a slash in it written as a hyphen.</summary>
    public required string Name { get; init; }

    /// <summary>The version that was fetched.</summary>
    public required string Version { get; init; }

    /// <summary>The language of its files.</summary>
    public required string Language { get; init; }

    /// <summary>Its licence, as an SPDX expression where there is one.</summary>
    public required string Licence { get; init; }

    /// <summary>The registry that it came from.</summary>
    public required string Origin { get; init; }

    /// <summary>Its family; a package without relatives is a family of its own.</summary>
    public string Family { get; init; } = "";

    /// <summary>Where to read about it.</summary>
    public string Homepage { get; init; } = "";

    /// <summary>Reads the list of a source folder, and checks it against the folders that are there.</summary>
    /// <exception cref="CorpusException">The list is missing or wrong, or a folder is not on it.</exception>
    public static IReadOnlyList<CorpusPackage> ReadList(string sourceDirectory)
    {
        var file = Path.Combine(sourceDirectory, ListName);
        if (!File.Exists(file))
        {
            throw new CorpusException(
                $"{sourceDirectory}: no {ListName} here; fetch a corpus with models/quicksilver/corpus/fetch-corpus.sh.");
        }

        var packages = Parse(file);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var package in packages)
        {
            if (!names.Add(package.Name))
            {
                throw new CorpusException($"{file}: {package.Name} is listed twice.");
            }
        }

        RefuseUnlistedFolders(sourceDirectory, file, packages);
        return packages;
    }

    /// <summary>The folder of this package's files below a source folder.</summary>
    public string PathIn(string sourceDirectory) => Path.Combine(sourceDirectory, RootName, Language, Name);

    private static List<CorpusPackage> Parse(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var packages = JsonSerializer.Deserialize<List<CorpusPackage?>>(stream, s_json)
                ?? throw new CorpusException($"{file}: holds null instead of a list of packages.");
            return [.. packages.Select((package, index) => Complete(package, index, file))];
        }
        catch (JsonException exception)
        {
            throw new CorpusException($"{file}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static CorpusPackage Complete(CorpusPackage? package, int index, string file)
    {
        if (package is null || string.IsNullOrWhiteSpace(package.Name) || string.IsNullOrWhiteSpace(package.Language) ||
            string.IsNullOrWhiteSpace(package.Licence) || string.IsNullOrWhiteSpace(package.Origin))
        {
            throw new CorpusException($"{file}: entry {index} lacks a name, a language, a licence or an origin.");
        }

        return IsFolderName(package.Name) && IsFolderName(package.Language)
            ? package with { Family = string.IsNullOrEmpty(package.Family) ? package.Name : package.Family }
            : throw new CorpusException($"{file}: {package.Language}/{package.Name} cannot be the path of a package's folder.");
    }

    private static bool IsFolderName(string name) =>
        name is not ("." or "..") && name.IndexOfAny(['/', '\\', '\0', ':']) < 0;

    // A folder that nobody listed has no licence on record, so it must not slip into a model.
    private static void RefuseUnlistedFolders(string sourceDirectory, string file, List<CorpusPackage> packages)
    {
        var root = Path.Combine(sourceDirectory, RootName);
        if (!Directory.Exists(root))
        {
            throw new CorpusException($"{sourceDirectory}: no folder {RootName} here; fetch the corpus again.");
        }

        var listed = packages.Select(package => package.PathIn(sourceDirectory)).ToHashSet(StringComparer.Ordinal);
        var unlisted = Directory.EnumerateDirectories(root)
            .SelectMany(Directory.EnumerateDirectories)
            .Where(folder => !listed.Contains(folder))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        if (unlisted is not null)
        {
            throw new CorpusException($"{unlisted}: not in {file}; add it there with its licence, or remove the folder.");
        }
    }
}
