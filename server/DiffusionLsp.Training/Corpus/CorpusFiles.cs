namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// The source files of a folder of packages, filtered, each text once, and split into training and held-out part.
/// The same folder and options give the same files in the same order on every machine.
/// </summary>
internal sealed class CorpusFiles
{
    private static readonly EnumerationOptions s_everyRealFile = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = false,
    };

    private readonly string _sourceDirectory;
    private readonly Dictionary<DropReason, int> _dropped = [];

    private CorpusFiles(string sourceDirectory, IReadOnlyList<CorpusPackage> packages, IReadOnlySet<CorpusPackage> heldOut)
    {
        _sourceDirectory = sourceDirectory;
        Packages = packages;
        HeldOutPackages = heldOut;
    }

    /// <summary>The packages, in the order in which their files come: the held-out ones first.</summary>
    public IReadOnlyList<CorpusPackage> Packages { get; }

    /// <summary>The packages that are held out.</summary>
    public IReadOnlySet<CorpusPackage> HeldOutPackages { get; }

    /// <summary>How many files were left out so far, by reason.</summary>
    public IReadOnlyDictionary<DropReason, int> Dropped => _dropped;

    /// <summary>Reads the list of packages and splits it; reads no source file yet.</summary>
    /// <exception cref="CorpusException">The folder is no corpus, or cannot be split as asked.</exception>
    public static CorpusFiles Open(string sourceDirectory, CorpusOptions options)
    {
        if (!Directory.Exists(sourceDirectory))
        {
            throw new CorpusException($"{sourceDirectory}: no such folder.");
        }

        if (options.Language is not null)
        {
            SourceLanguages.Check(options.Language);
        }

        var packages = CorpusPackage.ReadList(sourceDirectory)
            .Where(package => options.Language is null || package.Language == options.Language)
            .ToList();
        if (packages.Count == 0)
        {
            throw new CorpusException($"{sourceDirectory}: no package of {options.Language ?? "any language"} on its list.");
        }

        var heldOut = packages.GroupBy(package => package.Language, StringComparer.Ordinal)
            .SelectMany(group => HeldOutOf(sourceDirectory, [.. group], options))
            .ToHashSet();
        var ordered = packages
            .OrderBy(package => heldOut.Contains(package) ? 0 : 1)
            .ThenBy(package => package.Language, StringComparer.Ordinal)
            .ThenBy(package => package.Name, StringComparer.Ordinal)
            .ToList();
        return new CorpusFiles(sourceDirectory, ordered, heldOut);
    }

    /// <summary>Every kept file of one language, split as the default options say.</summary>
    /// <exception cref="CorpusException">The folder is no corpus, or cannot be split.</exception>
    public static IEnumerable<CorpusFile> Enumerate(string sourceDirectory, string? language) =>
        Open(sourceDirectory, new CorpusOptions { Language = language }).Enumerate();

    /// <summary>Every kept file, the held-out ones first. The counts of dropped files begin anew.</summary>
    public IEnumerable<CorpusFile> Enumerate()
    {
        _dropped.Clear();
        var repetition = new RepetitionFilter();
        foreach (var package in Packages)
        {
            var isHeldOut = HeldOutPackages.Contains(package);
            foreach (var (full, relative) in SourcesOf(_sourceDirectory, package))
            {
                var text = Read(full, relative, out var dropped);
                if (text is not null)
                {
                    var fingerprint = TextFingerprint.Of(text);
                    dropped = isHeldOut ? repetition.AdmitHeldOut(fingerprint) : repetition.AdmitTraining(fingerprint);
                }

                if (dropped is { } reason)
                {
                    _dropped[reason] = _dropped.GetValueOrDefault(reason) + 1;
                }
                else
                {
                    yield return new CorpusFile(package, relative, text!, isHeldOut);
                }
            }
        }
    }

    private static IEnumerable<CorpusPackage> HeldOutOf(string sourceDirectory, List<CorpusPackage> packages, CorpusOptions options)
    {
        var families = packages
            .GroupBy(package => package.Family, StringComparer.Ordinal)
            .ToDictionary(
                family => family.Key,
                family => family.SelectMany(package => SourcesOf(sourceDirectory, package))
                    .Where(file => FileFilter.ByPath(file.Relative) is null)
                    .Sum(file => new FileInfo(file.Full).Length),
                StringComparer.Ordinal);
        var heldOut = HeldOutSplit.Choose(packages[0].Language, families, options);
        return packages.Where(package => heldOut.Contains(package.Family));
    }

    private static IEnumerable<(string Full, string Relative)> SourcesOf(string sourceDirectory, CorpusPackage package)
    {
        var folder = package.PathIn(sourceDirectory);
        if (!Directory.Exists(folder))
        {
            // Listed, but every file of it was left behind when it was fetched.
            return [];
        }

        return Directory.EnumerateFiles(folder, "*", s_everyRealFile)
            .Where(file => SourceLanguages.Matches(package.Language, file))
            .Select(file => (Full: file, Relative: Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .OrderBy(file => file.Relative, StringComparer.Ordinal);
    }

    private static string? Read(string full, string relative, out DropReason? dropped)
    {
        dropped = FileFilter.ByPath(relative) ?? FileFilter.BySize(new FileInfo(full).Length);
        if (dropped is not null)
        {
            return null;
        }

        if (!FileFilter.TryDecode(File.ReadAllBytes(full), out var text))
        {
            dropped = DropReason.NotText;
            return null;
        }

        dropped = FileFilter.ByText(text);
        return dropped is null ? text : null;
    }
}
