using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>The tensors that the known models' configs ask for, without any weights: tests/golden/checkpoints.</summary>
public sealed partial class KnownShapesTests
{
    private static readonly string s_folder = Path.Combine(TestData.RepositoryRoot, "tests", "golden", "checkpoints");

    public static TheoryData<string> Names() => [.. Known().Select(model => model.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_tensors_are_the_golden_ones(string name)
    {
        string path = Path.Combine(s_folder, name, "tensors.txt");
        string drawn = Drawn(ParameterShapes.Of(ModelConfig.Load(Path.Combine(s_folder, name))));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, drawn);
        }

        Assert.Equal(drawn, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_catalog_knows_their_sum_and_the_models_kind(string name)
    {
        JsonElement known = Known().Single(model => model.GetProperty("name").GetString() == name);
        var config = ModelConfig.Load(Path.Combine(s_folder, name));

        long parameters = ParameterShapes.Of(config).Sum(tensor => tensor.Shape.Aggregate(1L, (count, size) => count * size));

        Assert.Equal(known.GetProperty("parameters").GetInt64(), parameters);
        Assert.Equal(known.GetProperty("bytes").GetInt64(), 2 * parameters);
        Assert.Equal(
            known.GetProperty("shape").EnumerateObject().Select(size => size.Value.GetInt32()),
            [config.NumHiddenLayers, config.HiddenSize, config.IntermediateSize, config.NumAttentionHeads, config.NumKeyValueHeads * config.HeadDim, config.VocabSize]);
        Assert.Equal(known.GetProperty("model_type").GetString(), config.ModelType);
        Assert.Equal(known.GetProperty("logit_shift").GetBoolean(), config.LogitShift);
        Assert.All(
            known.GetProperty("tokens").EnumerateObject().Where(token => token.Value.TryGetProperty("id", out _)),
            token => Assert.Equal(token.Value.GetProperty("id").GetInt32(), IdOf(config, token.Name)));
    }

    /// <summary>Tensors whose names differ in the layer alone are one line, so that a list is short enough to read.</summary>
    private static string Drawn(IEnumerable<(string Name, long[] Shape)> tensors)
    {
        var lines = tensors.Select(tensor => (Layer: Layer().Match(tensor.Name), tensor.Name, Shape: string.Join(", ", tensor.Shape)))
            .GroupBy(tensor => $"{Layer().Replace(tensor.Name, ".*.")} [{tensor.Shape}]");
        return string.Concat(lines.Select(same => same.Key.Replace(".*.", $".{Run([.. same.Select(tensor => tensor.Layer.Value)])}.", StringComparison.Ordinal) + "\n"));
    }

    private static string Run(List<string> layers)
    {
        string[] expected = [.. Enumerable.Range(0, layers.Count).Select(layer => string.Create(CultureInfo.InvariantCulture, $".{layer}."))];
        Assert.True(layers is [""] || layers.SequenceEqual(expected));
        return $"{{0..{layers.Count - 1}}}";
    }

    private static int? IdOf(ModelConfig config, string role) => role switch
    {
        "mask" => config.MaskTokenId,
        "expand" => config.ExpandTokenId,
        "delete" => config.DeleteTokenId,
        "bos" => config.BosTokenId,
        "eos" => config.EosTokenId,
        "pad" => config.PadTokenId,
        _ => null,
    };

    private static List<JsonElement> Known()
    {
        using var catalog = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.RepositoryRoot, "models", "catalog.json")));
        return
        [
            .. catalog.RootElement.GetProperty("models").EnumerateArray()
                .Where(model => !model.TryGetProperty("embedded", out _)).Select(model => model.Clone()),
        ];
    }

    [GeneratedRegex(@"(?<=layers|blocks)\.\d+\.")]
    private static partial Regex Layer();
}
