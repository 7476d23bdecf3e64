using System.Globalization;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// Where models lie on this machine, and whether they are sound: for <c>--model</c> and <c>diffusionlsp doctor</c>.
/// It reads names and headers only, never weights, and opens no connection.
/// </summary>
public static class ModelFolder
{
    /// <summary>The environment variable with folders that hold models, separated as in PATH.</summary>
    public const string Variable = "DIFFUSIONLSP_MODELS";

    private const string FolderName = "models";
    private const string RepositoryMark = "DiffusionLsp.sln";

    /// <summary>
    /// The folders that hold models, the first one first: those of the environment variable, <c>models</c> beside
    /// the executable, when run from a clone every <c>models</c> folder between there and its root, and the user's own.
    /// </summary>
    public static IReadOnlyList<string> SearchPath() =>
        [.. SearchPath(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory), UsersFolder];

    /// <summary>
    /// Where models are put that this program installs: the first folder of the environment variable, else the user's own.
    /// The one beside the executable goes with it when it is updated.
    /// </summary>
    public static string InstallFolder() => InstallFolder(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Whether the engine can load models of a <c>model_type</c>.</summary>
    public static bool Supports(string modelType) => ModelFamily.Find(modelType) is not null;

    /// <summary>Reads config.json and the tokenizer's files of a folder whose weights are still to come.</summary>
    /// <exception cref="CheckpointException">They are not of a model that the engine loads.</exception>
    public static void RequireSupported(string folder) => RequireTokenizer(folder, LoadConfig(folder));

    /// <summary>The folder of a model.</summary>
    /// <param name="nameOrPath">A folder that has a config.json, or a model's name.</param>
    /// <exception cref="CheckpointException">There is no such model; the message lists those there are.</exception>
    public static string Resolve(string nameOrPath) => Resolve(nameOrPath, SearchPath());

    /// <summary>Every model of the search path, sound or not; of two with one name, the first.</summary>
    public static IReadOnlyList<CheckpointStatus> Installed() => Installed(SearchPath());

    /// <summary>Checks a model's folder: config, headers, names and shapes, and the tokenizer's mask token.</summary>
    /// <returns>The verdict; a damaged model is a verdict too, not an exception.</returns>
    public static CheckpointStatus Verify(string folder)
    {
        string full = Path.GetFullPath(folder);
        string name = NameOf(full);
        try
        {
            var config = LoadConfig(full);
            using var files = CheckpointFiles.Open(full);
            RequireWeights(files, config);
            RequireTokenizer(full, config);
            long parameters = files.ParameterCount(config);
            string detail = string.Create(
                CultureInfo.InvariantCulture,
                $"{config.ModelType}, {parameters / 1e6:0.0} M parameters in {string.Join(", ", files.Dtypes)}");
            return new CheckpointStatus(name, full, IsUsable: true, detail, parameters, files.ByteLength)
            {
                Shape = ModelShape.Of(config, InfillerOptions.UsualContextTokens),
                ModelType = config.ModelType,
                Languages = config.Languages,
            };
        }
        catch (CheckpointException e)
        {
            return new CheckpointStatus(name, full, IsUsable: false, e.Message, ParameterCount: 0, Bytes: 0);
        }
    }

    internal static string InstallFolder(string? variable) =>
        Named(variable).Select(Path.GetFullPath).FirstOrDefault() ?? UsersFolder;

    internal static IReadOnlyList<string> SearchPath(string? variable, string executableFolder)
    {
        var path = new List<string>();
        path.AddRange(Named(variable));
        path.Add(Path.Combine(executableFolder, FolderName));
        path.AddRange(CloneFolders(executableFolder));
        return path.Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).Distinct().ToList();
    }

    private static string UsersFolder => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "diffusionlsp",
        FolderName);

    private static string[] Named(string? variable) => (variable ?? string.Empty).Split(
        Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    internal static string Resolve(string nameOrPath, IReadOnlyList<string> searchPath)
    {
        if (string.IsNullOrWhiteSpace(nameOrPath))
        {
            throw new CheckpointException("The model's name is empty: give a name or a folder with a config.json.");
        }

        if (IsModel(nameOrPath))
        {
            return Path.GetFullPath(nameOrPath);
        }

        bool isName = nameOrPath == Path.GetFileName(nameOrPath) && nameOrPath is not ("." or "..");
        string? found = isName
            ? searchPath.Select(folder => Path.Combine(folder, nameOrPath)).FirstOrDefault(IsModel)
            : null;
        return found ?? throw NotFound(nameOrPath, searchPath);
    }

    internal static IReadOnlyList<CheckpointStatus> Installed(IReadOnlyList<string> searchPath) =>
        ModelFolders(searchPath).Select(Verify).ToList();

    private static CheckpointException NotFound(string nameOrPath, IReadOnlyList<string> searchPath)
    {
        string shown = CheckpointFault.Shown(nameOrPath);
        if (Directory.Exists(nameOrPath))
        {
            return new CheckpointException($"{nameOrPath}: the folder has no {ModelConfig.FileName}, so it is no model.");
        }

        var names = ModelFolders(searchPath).Select(NameOf).ToList();
        string known = names.Count > 0
            ? $"There are: {string.Join(", ", names)}."
            : $"There are none in {string.Join(", ", searchPath)}.";
        return new CheckpointException(
            $"There is no model '{shown}'. {known} Give one of these names or a folder with a {ModelConfig.FileName}; "
            + $"{Variable} names more folders that hold models.");
    }

    private static IEnumerable<string> ModelFolders(IReadOnlyList<string> searchPath) => searchPath
        .Where(Directory.Exists)
        .SelectMany(folder => Subfolders(folder).Where(IsModel).Order(StringComparer.Ordinal))
        .DistinctBy(NameOf, StringComparer.Ordinal);

    // A folder that may not be listed holds no model that could be used.
    private static IEnumerable<string> Subfolders(string folder) =>
        Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { IgnoreInaccessible = true });

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelConfig.FileName));

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

    private static IEnumerable<string> CloneFolders(string executableFolder)
    {
        var parents = new List<string>();
        for (var folder = new DirectoryInfo(executableFolder); folder is not null; folder = folder.Parent)
        {
            parents.Add(Path.Combine(folder.FullName, FolderName));
            if (File.Exists(Path.Combine(folder.FullName, RepositoryMark)))
            {
                return parents.Where(Directory.Exists);
            }
        }

        // Installed, not run from a clone: what lies above is none of our business.
        return [];
    }

    private static ModelConfig LoadConfig(string folder) =>
        Directory.Exists(folder)
            ? ModelConfig.Load(folder)
            : throw CheckpointFault.In(folder, "there is no such folder.");

    private static void RequireWeights(CheckpointFiles files, ModelConfig config)
    {
        var shapes = ParameterShapes.Of(config).ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
        files.RequireNames(shapes.Keys.ToHashSet(StringComparer.Ordinal), config);
        foreach (var (name, shape) in shapes)
        {
            files.RequireShape(name, shape);
        }
    }

    private static void RequireTokenizer(string folder, ModelConfig config)
    {
        string path = Path.Combine(folder, TokenizerFiles.TokenizerName);
        if (!File.Exists(path))
        {
            throw CheckpointFault.In(path, "is missing: download the model's tokenizer.json into its folder.");
        }

        var added = TokenizerFiles.AddedTokens(folder);
        var masks = added.Where(token => token.Value == config.MaskTokenId).Select(token => token.Key).ToList();
        if (masks.Count == 0)
        {
            throw CheckpointFault.In(
                path, "added_tokens", $"has no token with the id {config.MaskTokenId}, the config's mask_token_id.");
        }

        if (TokenizerFiles.NamedToken(folder, "mask_token") is { } named && !masks.Contains(named))
        {
            throw CheckpointFault.In(
                path,
                "added_tokens",
                $"the id {config.MaskTokenId} is '{CheckpointFault.Shown(masks[0])}', but tokenizer_config.json calls "
                + $"'{CheckpointFault.Shown(named)}' the mask token.");
        }
    }
}
