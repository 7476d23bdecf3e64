using System.Text.Json;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>The models that are known: what <c>models/catalog.json</c> says of them. It looks nowhere else.</summary>
/// <param name="Models">The models, in the order of the file.</param>
internal sealed record ModelCatalog(IReadOnlyList<CatalogEntry> Models)
{
    private const string FileName = "catalog.json";

    /// <summary>The catalog that came with the program; an empty one where it has none.</summary>
    public static ModelCatalog OfProgram() => Read(Path.Combine(AppContext.BaseDirectory, "models", FileName));

    /// <summary>Reads a catalog.</summary>
    public static ModelCatalog Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, StoreJson.Default.ModelCatalog) ?? new ModelCatalog([]);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ModelCatalog([]);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelStoreException($"{path} cannot be read ({e.Message.TrimEnd('.')}): install DiffusionLsp again.", e);
        }
    }

    /// <summary>The model of a name; null where it is not known.</summary>
    public CatalogEntry? Find(string name) => Models.FirstOrDefault(entry => entry.Name == name);

    /// <summary>The model of a repository; null where it is not known.</summary>
    public CatalogEntry? FindRepository(string repository) =>
        Models.FirstOrDefault(entry => string.Equals(entry.Repository, repository, StringComparison.OrdinalIgnoreCase));

    /// <summary>The model that a folder holds, by its name or by where it was pulled from; null where it is not known.</summary>
    public CatalogEntry? FindFolder(string folder) =>
        Find(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)))
        ?? (ModelRecord.Of(folder)?.Repository is { } repository ? FindRepository(repository) : null);
}

/// <summary>One model of the catalog. What could not be verified is null.</summary>
internal sealed record CatalogEntry
{
    /// <summary>How people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it comes with the program.</summary>
    public bool Embedded { get; init; }

    /// <summary>Its id on the hub.</summary>
    public string? Repository { get; init; }

    /// <summary>The commit to pull; null: the newest, which is then pinned.</summary>
    public string? Revision { get; init; }

    /// <summary>The config's <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Its licences.</summary>
    public required CatalogLicence Licence { get; init; }

    /// <summary>The number of weights, computed from its shape.</summary>
    public long? Parameters { get; init; }

    /// <summary>The bytes of the weights in bf16.</summary>
    public long? Bytes { get; init; }

    /// <summary>The longest canvas that its authors document.</summary>
    public int? Context { get; init; }

    /// <summary>Whether the logits at a position predict the next one.</summary>
    public bool? LogitShift { get; init; }

    /// <summary>What stands around the text; null: what is usual in its family.</summary>
    public CatalogPrompt? Prompt { get; init; }

    /// <summary>How its middles are best denoised.</summary>
    public CatalogDefaults? Defaults { get; init; }

    /// <summary>The sizes of its layers.</summary>
    public CatalogShape? Shape { get; init; }

    /// <summary>What its need of memory is counted from; null where that is not known.</summary>
    public ModelShape? ModelShape => Shape is null || Parameters is not { } parameters ? null : new ModelShape
    {
        Parameters = parameters,
        Layers = Shape.Layers,
        HiddenSize = Shape.Hidden,
        IntermediateSize = Shape.Intermediate,
        Heads = Shape.Heads,
        KeyWidth = Shape.KeyWidth,
        Vocabulary = Shape.Vocabulary,
        Context = Math.Min(Context ?? InfillerOptions.UsualContextTokens, InfillerOptions.UsualContextTokens),
    };

    /// <summary>What the engine has to know beside the model's files. Those of the embedded model say all of it.</summary>
    public ModelCard Card => Embedded ? ModelCard.Blank : new ModelCard
    {
        LogitShift = LogitShift,
        Context = Context,
        BosBeforePrefix = Prompt?.Bos,
        EosAfterSuffix = Prompt?.Eos,
        InitialMasks = Defaults?.InitialMasks,
        MaxNewTokens = Defaults?.MaxNewTokens,
    };

    /// <summary>Its files; null where their hashes are not known.</summary>
    public IReadOnlyList<RecordedFile>? Files { get; init; }

    /// <summary>What its authors ask for, or what was measured.</summary>
    public string? Memory { get; init; }

    /// <summary>What is worth knowing.</summary>
    public string? Notes { get; init; }
}

/// <summary>The tokens that a model was trained to see around the text.</summary>
/// <param name="Bos">Whether the one that begins a text stands before it.</param>
/// <param name="Eos">Whether the one that ends a text stands behind it.</param>
internal sealed record CatalogPrompt(bool Bos, bool Eos);

/// <summary>The sizes of a model's layers.</summary>
/// <param name="Layers">Their number.</param>
/// <param name="Hidden">The width of the residual stream.</param>
/// <param name="Intermediate">The width of the feed-forward layer.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyWidth">The width of a layer's keys.</param>
/// <param name="Vocabulary">Rows of the embedding.</param>
internal sealed record CatalogShape(int Layers, int Hidden, int Intermediate, int Heads, int KeyWidth, int Vocabulary);

/// <summary>What was found best for a model.</summary>
/// <param name="InitialMasks">The number of masks that a canvas starts with.</param>
/// <param name="MaxNewTokens">The longest middle, in tokens.</param>
internal sealed record CatalogDefaults(int? InitialMasks, int? MaxNewTokens);

/// <summary>What is known of a model's licences.</summary>
/// <param name="Code">That of its authors' code.</param>
/// <param name="Weights">That of the weights.</param>
internal sealed record CatalogLicence(string? Code, string? Weights);
