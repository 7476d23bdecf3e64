using System.Text.Json;

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

    /// <summary>Its files; null where their hashes are not known.</summary>
    public IReadOnlyList<RecordedFile>? Files { get; init; }

    /// <summary>What its authors ask for, or what was measured.</summary>
    public string? Memory { get; init; }

    /// <summary>What is worth knowing.</summary>
    public string? Notes { get; init; }
}

/// <summary>What is known of a model's licences.</summary>
/// <param name="Code">That of its authors' code.</param>
/// <param name="Weights">That of the weights.</param>
internal sealed record CatalogLicence(string? Code, string? Weights);
