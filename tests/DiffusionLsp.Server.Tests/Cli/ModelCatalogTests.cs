using System.Security.Cryptography;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
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

    [Fact]
    public void Every_entry_is_read_and_says_what_a_user_has_to_know()
    {
        ModelCatalog catalog = ModelCatalog.Read(Path.Combine(s_models, "catalog.json"));

        Assert.Equal(Entries().Count, catalog.Models.Count);
        Assert.All(catalog.Models, entry =>
        {
            Assert.True(FileNames.IsModelName(entry.Name), entry.Name);
            Assert.True(entry.Parameters > 0, entry.Name);
            Assert.True(entry.Bytes >= 2 * entry.Parameters, entry.Name);
            Assert.Equal(entry.Embedded, entry.Repository is null);
            Assert.True(entry.Revision is null || entry.Revision.Length == 40, entry.Name);
            Assert.All(entry.Files ?? [], file => Assert.Equal(DigestKind.Sha256, FileDigest.Parse(file.Sha256)!.Kind));
        });
    }

    /// <summary>DreamOn's config inherits a context of 131,072 tokens, and its authors document 2,048.</summary>
    [Fact]
    public void What_the_engine_must_know_beside_a_models_files_is_on_its_card()
    {
        ModelCatalog catalog = ModelCatalog.Read(Path.Combine(s_models, "catalog.json"));

        ModelCard card = catalog.FindFolder("/somewhere/dreamon-7b/")!.Card;

        Assert.Equal(
            new ModelCard { LogitShift = true, Context = 2048, BosBeforePrefix = true, EosAfterSuffix = true, InitialMasks = 64, MaxNewTokens = 64 },
            card);
        Assert.False(catalog.Find("open-dcoder-0.5b")!.Card.BosBeforePrefix);
        Assert.Equal(ModelCard.Blank, catalog.Find("quicksilver")!.Card);
        Assert.Null(catalog.FindFolder("/somewhere/else"));
    }

    [Fact]
    public void Every_repository_is_one_that_can_be_asked_for()
    {
        ModelCatalog catalog = ModelCatalog.Read(Path.Combine(s_models, "catalog.json"));
        CatalogEntry[] known = [.. catalog.Models.Where(entry => entry.Repository is not null)];

        Assert.Distinct(known.Select(entry => entry.Repository));
        Assert.All(known, entry => Assert.Equal(entry.Name, PullRequest.Parse(entry.Repository!, null, catalog).Name));
        Assert.All(known, entry => Assert.Equal(entry.Repository, PullRequest.Parse(entry.Name, null, catalog).Repository));
    }

    [Theory]
    [InlineData("Dream", 7_615_616_512)]
    [InlineData("qwen2", 494_032_768)]
    [InlineData("a2d-qwen2", 494_032_768)]
    public void Models_of_one_shape_have_one_number_of_weights(string type, long parameters) =>
        Assert.All(
            ModelCatalog.Read(Path.Combine(s_models, "catalog.json")).Models.Where(entry => entry.ModelType == type),
            entry => Assert.Equal((parameters, 2 * parameters), (entry.Parameters, entry.Bytes)));

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
