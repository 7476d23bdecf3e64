using System.Security.Cryptography;
using System.Text.Json;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Cli;

/// <summary>The catalog must be true of the models that come with the repository, byte for byte.</summary>
public sealed class ModelCatalogTests
{
    private static readonly string s_models = Path.Combine(TestData.RepositoryRoot, "models");

    public static TheoryData<string> Embedded() =>
        new(Directory.EnumerateDirectories(s_models).Select(folder => Path.GetFileName(folder)!));

    [Theory]
    [MemberData(nameof(Embedded))]
    public void An_embedded_models_files_are_those_of_the_catalog(string model)
    {
        var listed = Entries().Single(entry => entry.GetProperty("name").GetString() == model).GetProperty("files")
            .EnumerateArray().Select(file => file.GetRawText());
        var present = Directory.EnumerateFiles(Path.Combine(s_models, model))
            .Where(path => Path.GetExtension(path) is ".json" or ".safetensors").Select(Entry);

        Assert.Equal(present.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_are_unique() =>
        Assert.Distinct(Entries().Select(entry => entry.GetProperty("name").GetString()));

    private static List<JsonElement> Entries()
    {
        using var catalog = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(s_models, "catalog.json")));
        return [.. catalog.RootElement.GetProperty("models").EnumerateArray().Select(entry => entry.Clone())];
    }

    private static string Entry(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        return $$"""{ "name": "{{Path.GetFileName(path)}}", "bytes": {{content.Length}}, "sha256": "{{hash}}" }""";
    }
}
