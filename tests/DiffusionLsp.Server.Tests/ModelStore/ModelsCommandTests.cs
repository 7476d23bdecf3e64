using System.Text.Json;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>What is done to models without a hub: listing, checking, adding, removing.</summary>
public sealed class ModelsCommandTests : IDisposable
{
    private readonly HubBench _bench = new()
    {
        Catalog = ModelCatalog.Read(Path.Combine(TestData.RepositoryRoot, "models", "catalog.json")),
    };

    public void Dispose()
    {
        // Nothing here may ask the hub.
        Assert.Empty(_bench.Hub.Calls);
        _bench.Dispose();
    }

    [Fact]
    public async Task The_list_shows_what_is_here_first_and_whether_each_fits()
    {
        await AddAsync();

        var (exitCode, output, _) = await _bench.RunAsync("list", "--json");

        Assert.Equal(0, exitCode);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(16L << 30, report.GetProperty("total_memory_bytes").GetInt64());
        JsonElement[] models = [.. report.GetProperty("models").EnumerateArray()];
        Assert.Equal(
            ["quicksilver embedded", "quick-copy installed", "open-dcoder-0.5b known"],
            models[..3].Select(model => $"{model.GetProperty("name")} {model.GetProperty("state")}"));
        Assert.Equal("fits", Model(models, "quick-copy").GetProperty("fit").GetString());
        Assert.Equal("fits", Model(models, "open-dcoder-0.5b").GetProperty("fit").GetString());
        Assert.Equal("fitsWhenFree", Model(models, "dreamon-7b").GetProperty("fit").GetString());
        Assert.Equal("supported", Model(models, "dreamon-7b").GetProperty("support").GetString());
        Assert.Equal("fitsWhenFree", Model(models, "llada-8b").GetProperty("fit").GetString());
        Assert.Equal("supported", Model(models, "llada-8b").GetProperty("support").GetString());

        string text = (await _bench.RunAsync("list")).Output;
        Assert.Matches("(?m)^dreamon-7b +known +15\\.2 GB +Apache-2\\.0 +9\\.9 GB +fits when other programs give memory back$", text);
        Assert.Matches("(?m)^llada-8b +known +16\\.0 GB +unknown +\\d+\\.\\d GB +fits when other programs give memory back$", text);
        Assert.Contains($"Memory: 8.6 GB of 17.2 GB free. Models are installed in {_bench.StoreFolder}.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_tells_of_a_model_that_is_known_and_of_one_that_is_here()
    {
        await AddAsync();

        string known = (await _bench.RunAsync("info", "dreamon-7b")).Output;
        Assert.Contains("repository  Dream-org/DreamOn-v0-7B", known, StringComparison.Ordinal);
        Assert.Contains("licence     Apache-2.0", known, StringComparison.Ordinal);
        string here = (await _bench.RunAsync("info", HubBench.Name, "--json")).Output;
        Assert.Equal(_bench.Installed, JsonDocument.Parse(here).RootElement.GetProperty("folder").GetString());
        Assert.Contains("No model 'nothing' is known", (await RefusedAsync("info", "nothing")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_copied_without_what_is_no_part_of_a_model_and_is_sound()
    {
        await AddAsync();

        _bench.AssertInstalled();
        Assert.False(File.Exists(Path.Combine(_bench.Installed, "README.md")));
        var (exitCode, output, _) = await _bench.RunAsync("verify", HubBench.Name);
        Assert.Equal(0, exitCode);
        Assert.StartsWith("quick-copy is sound: 4 files, 18.4 MB, have their recorded hashes", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_model_is_verified_by_the_catalog()
    {
        var (exitCode, output, _) = await _bench.RunAsync("verify", "quicksilver", "--json");

        Assert.Equal(0, exitCode);
        Assert.Equal(4, JsonDocument.Parse(output).RootElement.GetProperty("files").GetInt32());
    }

    [Theory]
    [InlineData("flipped", "model.safetensors has the SHA-256")]
    [InlineData("short", "model.safetensors has 18105057 bytes, not 18105058")]
    [InlineData("gone", "tokenizer_config.json is missing")]
    public async Task A_damaged_model_is_found_out(string damage, string message)
    {
        await AddAsync();
        string weights = Path.Combine(_bench.Installed, "model.safetensors");
        using (FileStream file = new(weights, FileMode.Open))
        {
            file.Seek(-1, SeekOrigin.End);
            int last = file.ReadByte();
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte((byte)(last ^ (damage == "flipped" ? 1 : 0)));
            file.SetLength(file.Length - (damage == "short" ? 1 : 0));
        }

        if (damage == "gone")
        {
            File.Delete(Path.Combine(_bench.Installed, "tokenizer_config.json"));
        }

        string line = await RefusedAsync("verify", HubBench.Name);

        Assert.Contains($"quick-copy is damaged: {message}", line, StringComparison.Ordinal);
        Assert.Contains("models remove quick-copy", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_model_is_gone_and_another_is_none_of_ours()
    {
        await AddAsync();
        Assert.Contains("Pass --yes to agree.", await RefusedAsync("remove", HubBench.Name), StringComparison.Ordinal);
        Assert.True(Directory.Exists(_bench.Installed));

        Assert.Equal(0, (await _bench.RunAsync("remove", HubBench.Name, "--yes")).ExitCode);

        Assert.False(Directory.Exists(_bench.Installed));
        Assert.Contains("There is no model 'quick-copy' here", await RefusedAsync("remove", HubBench.Name, "--yes"), StringComparison.Ordinal);
        Assert.Contains("and is not removed", await RefusedAsync("remove", "quicksilver", "--yes"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(HubBench.Embedded, "model.safetensors")));
    }

    [Fact]
    public async Task What_an_interrupted_pull_left_is_removed_as_well()
    {
        Directory.CreateDirectory(_bench.Staging);
        File.WriteAllText(Path.Combine(_bench.Staging, "model.safetensors.partial"), "x");

        Assert.Equal(0, (await _bench.RunAsync("remove", HubBench.Name, "--yes")).ExitCode);

        Assert.False(Directory.Exists(_bench.Staging));
    }

    [Theory]
    [InlineData(".", "config.json")]
    [InlineData("nowhere", "there is no such folder")]
    public async Task A_folder_that_is_no_model_is_not_added(string folder, string message)
    {
        string line = await RefusedAsync("add", folder == "." ? TestData.RepositoryRoot : _bench.PathOf(folder), "--yes");

        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.StoreFolder));
    }

    [Fact]
    public async Task Between_the_two_renames_of_an_exchange_the_old_model_is_not_lost()
    {
        await AddAsync();
        Directory.Move(_bench.Installed, _bench.Staging + ".old");

        using (await _bench.Store().LockAsync(HubBench.Name, () => { }, CancellationToken.None))
        {
            _bench.AssertInstalled();
        }
    }

    private async Task AddAsync()
    {
        var (exitCode, output, error) = await _bench.RunAsync("add", HubBench.Embedded, "--name", HubBench.Name, "--yes");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("use it with --model quick-copy", output, StringComparison.Ordinal);
    }

    private async Task<string> RefusedAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await _bench.RunAsync(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        return Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static JsonElement Model(JsonElement[] models, string name) => models.Single(model => model.GetProperty("name").GetString() == name);
}
