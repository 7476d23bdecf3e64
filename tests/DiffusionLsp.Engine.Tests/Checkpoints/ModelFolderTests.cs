using CsCheck;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>How a model is found by its name, and what makes a folder unusable.</summary>
public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_variable_comes_first_then_the_executable_then_the_clone()
    {
        string clone = Make("clone");
        string executable = Make("clone", "bin", "Release");
        string models = Make("clone", "models");
        Make("models");
        File.WriteAllText(Path.Combine(clone, "DiffusionLsp.sln"), string.Empty);

        var path = ModelFolder.SearchPath($"/one{Path.PathSeparator} /two {Path.PathSeparator}", executable);

        Assert.Equal(
            [Path.GetFullPath("/one"), Path.GetFullPath("/two"), Path.Combine(executable, "models"), models], path);
    }

    [Fact]
    public void Outside_a_clone_nothing_above_the_executable_is_searched()
    {
        string executable = Make("opt", "bin");
        Make("opt", "models");

        Assert.Equal([Path.Combine(executable, "models")], ModelFolder.SearchPath(null, executable));
    }

    [Fact]
    public void Models_are_installed_in_the_variables_first_folder_else_in_the_users_own()
    {
        Assert.Equal(Path.GetFullPath("/one"), ModelFolder.InstallFolder($"/one{Path.PathSeparator}/two"));
        Assert.EndsWith(Path.Combine("diffusionlsp", "models"), ModelFolder.InstallFolder(" "), StringComparison.Ordinal);
        Assert.Equal(ModelFolder.InstallFolder(null), ModelFolder.SearchPath()[^1]);
    }

    [Fact]
    public void A_model_is_found_by_path_and_by_name()
    {
        string model = Model("models", "small");
        string[] path = [_folder.PathOf("none"), _folder.PathOf("models")];

        Assert.Equal(model, ModelFolder.Resolve("small", path));
        Assert.Equal(model, ModelFolder.Resolve(model, []));
        Assert.Equal(TestData.PathOf("parity", "dream"), ModelFolder.Resolve(TestData.PathOf("parity", "dream")));
    }

    [Theory]
    [InlineData("large", "There is no model 'large'. There are: medium, small.")]
    [InlineData("../small", "There is no model '../small'.")]
    [InlineData("a\u001bb", "There is no model 'a\uFFFDb'.")]
    [InlineData("", "name is empty")]
    [InlineData("..", "so it is no model")]
    public void A_model_that_is_not_there_is_refused_with_those_that_are(string name, string problem)
    {
        Model("models", "small");
        Model("models", "medium");
        Make("models", "empty");

        var refusal = Assert.Throws<CheckpointException>(() => ModelFolder.Resolve(name, [_folder.PathOf("models")]));

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_model_the_places_searched_are_named() =>
        Assert.Contains(
            "There are none in /nowhere.",
            Assert.Throws<CheckpointException>(() => ModelFolder.Resolve("small", ["/nowhere"])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Of_two_models_with_one_name_the_first_is_installed()
    {
        string first = Model("one", "small");
        Model("two", "small");
        string other = Model("two", "other");
        File.Delete(Path.Combine(other, "model.safetensors"));

        var installed = ModelFolder.Installed([_folder.PathOf("one"), _folder.PathOf("two")]);

        Assert.Equal([(first, true), (other, false)], installed.Select(s => (s.Folder, s.IsUsable)));
    }

    [Theory]
    [InlineData("dream", "Dream, 0.1 M parameters in F32")]
    [InlineData("dream-bf16-sharded", "Dream, 0.1 M parameters in BF16")]
    [InlineData("open-dcoder", "qwen2, 0.1 M parameters in F32")]
    [InlineData("a2d-qwen3", "a2d-qwen3, 0.1 M parameters in F32")]
    [InlineData("llada", "llada, 0.1 M parameters in F32")]
    public void A_sound_model_is_usable(string name, string detail)
    {
        string model = Model("models", name, source: name);

        var status = ModelFolder.Verify(model + Path.DirectorySeparatorChar);

        Assert.Equal(detail, status.Detail);
        Assert.True(status.IsUsable);
        Assert.Equal(name, status.Name);
        Assert.InRange(status.ParameterCount, 100_000, 150_000);
        Assert.Equal(
            Directory.EnumerateFiles(model, "*.safetensors").Sum(f => new FileInfo(f).Length), status.Bytes);
    }

    /// <summary>A file of the model, what replaces it (nothing: it goes), and what the verdict must say.</summary>
    [Theory]
    [InlineData("config.json", null, "config.json: cannot be read")]
    [InlineData("config.json", "{", "config.json: is not valid JSON")]
    [InlineData("model.safetensors", null, "has neither model.safetensors nor")]
    [InlineData("model.safetensors", "", "too few for a header")]
    [InlineData("tokenizer.json", null, "tokenizer.json: is missing")]
    [InlineData("tokenizer.json", "[]", "tokenizer.json: is not a JSON object")]
    [InlineData("tokenizer.json", "{", "tokenizer.json: is not valid JSON")]
    [InlineData("tokenizer.json", "{}", "added_tokens: has no token with the id 310")]
    [InlineData("tokenizer.json", """{"added_tokens":{}}""", "added_tokens: is not a list")]
    [InlineData("tokenizer.json", """{"added_tokens":[1]}""", "added_tokens: holds something that is no token")]
    [InlineData("tokenizer.json", """{"added_tokens":[{"id":"310","content":"x"}]}""", "x: has no whole number")]
    [InlineData("tokenizer.json", """{"added_tokens":[{"id":310,"content":"\ud800"}]}""", "added_tokens: holds text")]
    [InlineData("tokenizer.json", """{"added_tokens":[{"id":309,"content":"<|mask|>"}]}""", "has no token with the id 310")]
    [InlineData("tokenizer_config.json", """{"mask_token":"<other>"}""", "calls '<other>' the mask token")]
    [InlineData("tokenizer_config.json", """{"mask_token":7}""", "mask_token: is not text")]
    [InlineData("added_tokens.json", "[]", "is not an object")]
    [InlineData("added_tokens.json", """{"\ud800":1}""", "added_tokens.json: ")]
    public void A_damaged_model_is_a_verdict(string file, string? content, string problem)
    {
        string model = Model("models", "small");
        string path = Path.Combine(model, file);
        File.Delete(path);
        if (content is not null)
        {
            File.WriteAllText(path, content);
        }

        var status = ModelFolder.Verify(model);

        Assert.False(status.IsUsable);
        Assert.Contains(problem, status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', status.Detail);
    }

    [Fact]
    public void A_mutated_model_is_a_verdict()
    {
        string model = Model("models", "small", source: "dream-bf16-sharded");
        string[] files = ["config.json", "tokenizer.json", "model.safetensors.index.json"];
        byte[][] sound = [.. files.Select(file => File.ReadAllBytes(Path.Combine(model, file)))];
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Select(Gen.Double[0, 1], Gen.Byte).Array[1, 4]).Sample(
            (index, changes) =>
            {
                byte[] mutated = sound[index].ToArray();
                foreach (var (position, value) in changes)
                {
                    mutated[(int)(position * (mutated.Length - 1))] = value;
                }

                string path = Path.Combine(model, files[index]);
                File.WriteAllBytes(path, mutated);
                Assert.DoesNotContain('\n', ModelFolder.Verify(model).Detail);
                File.WriteAllBytes(path, sound[index]);
            },
            iter: 1_000,
            threads: 1);
    }

    [Fact]
    public void Weights_that_do_not_fit_the_config_are_a_verdict()
    {
        string model = Model("models", "small");
        string config = Path.Combine(model, "config.json");
        string sound = File.ReadAllText(config);

        File.WriteAllText(config, sound.Replace("\"intermediate_size\": 160", "\"intermediate_size\": 161", StringComparison.Ordinal));
        Assert.Contains("mlp.gate_proj.weight: has the shape [160, 64]", ModelFolder.Verify(model).Detail, StringComparison.Ordinal);

        File.WriteAllText(config, sound.Replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", StringComparison.Ordinal));
        Assert.Contains("it lacks model.layers.2.", ModelFolder.Verify(model).Detail, StringComparison.Ordinal);

        File.WriteAllText(config, sound.Replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", StringComparison.Ordinal));
        Assert.Contains("it has model.layers.1.", ModelFolder.Verify(model).Detail, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string Make(params string[] parts) =>
        Directory.CreateDirectory(Path.Combine([_folder.FullName, .. parts])).FullName;

    private string Model(string parent, string name, string source = "dream")
    {
        string model = Make(parent, name);
        foreach (string file in Directory.EnumerateFiles(TestData.PathOf("parity", source)))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        File.WriteAllText(
            Path.Combine(model, "tokenizer.json"), """{"added_tokens":[{"id":310,"content":"<|mask|>","special":true}]}""");
        return model;
    }
}
