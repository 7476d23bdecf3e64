using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Training.Corpus;

/// <summary>What a corpus is made of, as its corpus.json says.</summary>
internal sealed record CorpusManifest
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "corpus.json";

    /// <summary>The version of the layout that this code writes and reads.</summary>
    public const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The version of the layout.</summary>
    public required int Format { get; init; }

    /// <summary>The SHA-256 of the tokenizer.json that made the tokens.</summary>
    public required string TokenizerSha256 { get; init; }

    /// <summary>A SHA-256 over every document: part, language, package, path and text. It knows no tokenizer.</summary>
    public required string CorpusSha256 { get; init; }

    /// <summary>The one language that was asked for; null for all.</summary>
    public string? Language { get; init; }

    /// <summary>The seed of the split.</summary>
    public required int Seed { get; init; }

    /// <summary>The sums of the training part.</summary>
    public required PartCount Training { get; init; }

    /// <summary>The sums of the held-out part.</summary>
    public required PartCount HeldOut { get; init; }

    /// <summary>The names of the held-out packages.</summary>
    public required IReadOnlyList<string> HeldOutPackages { get; init; }

    /// <summary>How many files each filter dropped.</summary>
    public required IReadOnlyDictionary<DropReason, int> Dropped { get; init; }

    /// <summary>The packages; the index files count them in this order.</summary>
    public required IReadOnlyList<PackageCount> Packages { get; init; }

    /// <summary>Reads the manifest of a corpus.</summary>
    /// <exception cref="InvalidDataException">It is missing or not one that this code reads.</exception>
    public static CorpusManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            using var stream = File.OpenRead(path);
            var manifest = JsonSerializer.Deserialize<CorpusManifest>(stream, s_json);
            return manifest is { Format: CurrentFormat }
                ? manifest
                : throw new InvalidDataException($"{path}: not format {CurrentFormat}; make the corpus again.");
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"{path}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>Writes the manifest into a folder and brings it to the disk.</summary>
    public void Write(string folder)
    {
        using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(stream, this, s_json);
        stream.Write("\n"u8);
        stream.Flush(flushToDisk: true);
    }
}

/// <summary>The sums of one part of a corpus.</summary>
/// <param name="Documents">Files.</param>
/// <param name="Bytes">Bytes of UTF-8.</param>
/// <param name="Tokens">Tokens.</param>
internal sealed record PartCount(int Documents, long Bytes, long Tokens);

/// <summary>What one package gave to a corpus, and by which right.</summary>
/// <param name="Name">The package's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Language">Its language.</param>
/// <param name="Licence">Its licence.</param>
/// <param name="Origin">The registry that it came from.</param>
/// <param name="Family">The family that it was split with.</param>
/// <param name="Homepage">Where to read about it.</param>
/// <param name="Part">The part that its files are in.</param>
/// <param name="Documents">Files.</param>
/// <param name="Bytes">Bytes of UTF-8.</param>
/// <param name="Tokens">Tokens.</param>
internal sealed record PackageCount(
    string Name,
    string Version,
    string Language,
    string Licence,
    string Origin,
    string Family,
    string Homepage,
    string Part,
    int Documents,
    long Bytes,
    long Tokens);
