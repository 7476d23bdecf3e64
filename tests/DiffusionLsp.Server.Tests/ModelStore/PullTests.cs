using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>Pulls that end well, and what they say and ask.</summary>
public sealed class PullTests : IDisposable
{
    private static readonly string[] _tags = ["license:mit"];

    private readonly HubBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_pulled_model_has_the_hubs_bytes_and_a_record_of_where_it_came_from()
    {
        _bench.Hub.Files["modeling.py"] = [1];
        _bench.Hub.Files["pytorch_model.bin"] = [2];
        _bench.Hub.Files["onnx/model.safetensors"] = [3];

        var (exitCode, output, error) = await _bench.PullAsync();

        Assert.Equal((0, $"quick-copy is installed in {_bench.Installed}: use it with --model quick-copy.\n"), (exitCode, output));
        Assert.Contains("100 %", error, StringComparison.Ordinal);
        _bench.AssertInstalled();
        string[] expected = ["config.json", "diffusionlsp-model.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
        Assert.Equal(expected, Directory.EnumerateFileSystemEntries(_bench.Installed).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        ModelRecord record = ModelRecord.Of(_bench.Installed)!;
        Assert.Equal((HubBench.Repository, StandInHub.Commit, "mit"), (record.Repository, record.Revision, record.Licence));
    }

    [Fact]
    public async Task With_json_every_line_is_an_object_and_the_last_says_what_came_of_it()
    {
        var (exitCode, output, error) = await _bench.PullAsync("--json");

        Assert.Equal((0, ""), (exitCode, error));
        JsonElement[] lines = [.. output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement progress = lines[^2];
        Assert.Equal("progress", progress.GetProperty("event").GetString());
        Assert.Equal(100, progress.GetProperty("percent").GetInt32());
        Assert.Equal(progress.GetProperty("total_bytes").GetInt64(), progress.GetProperty("bytes").GetInt64());
        Assert.Equal("installed", lines[^1].GetProperty("event").GetString());
        Assert.Equal(StandInHub.Commit, lines[^1].GetProperty("revision").GetString());
    }

    [Fact]
    public async Task A_model_that_is_there_is_not_loaded_again()
    {
        await _bench.PullAsync();
        _bench.Hub.Calls.Clear();

        var (exitCode, output, _) = await _bench.PullAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("is installed in", output, StringComparison.Ordinal);
        Assert.Single(_bench.Hub.Calls);
    }

    [Fact]
    public async Task Of_two_pulls_at_once_the_second_waits_and_loads_nothing()
    {
        TaskCompletionSource isUnderWay = new(), mayGoOn = new();
        _bench.Hub.Before = call =>
        {
            if (StandInHub.FileOf(call) != "model.safetensors")
            {
                return null;
            }

            HubReply reply = _bench.Hub.Content(call);
            isUnderWay.TrySetResult();
            return reply with { Pause = () => mayGoOn.Task };
        };
        var first = _bench.PullAsync();
        await isUnderWay.Task.Soon();
        var second = SecondAsync(mayGoOn);

        Assert.Equal(0, (await first.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).ExitCode);
        await second.Soon();
        _bench.AssertInstalled();
        Assert.Single(_bench.Hub.Calls, call => StandInHub.FileOf(call) == "model.safetensors");
    }

    [Theory]
    [InlineData("""{"license": "other", "license_name": "apple-amlr", "license_link": "https://example.org/licence"}""", "under the licence 'apple-amlr': read it at https://example.org/licence first. Pass --accept-licence")]
    [InlineData("""{"license": "cc-by-nc-4.0"}""", "under the licence 'cc-by-nc-4.0'")]
    [InlineData("{}", "Nobody says under which licence")]
    public async Task A_licence_that_is_not_free_has_to_be_accepted(string card, string question)
    {
        _bench.Hub.Card = $""" "cardData": {card} """;

        await _bench.RefusedAsync(question);
        Assert.Single(_bench.Hub.Calls);

        Assert.Equal(0, (await _bench.PullAsync("--accept-licence")).ExitCode);
        _bench.AssertInstalled();
    }

    [Fact]
    public async Task Without_a_terminal_and_a_yes_nothing_is_loaded()
    {
        var (exitCode, _, error) = await _bench.RunAsync("pull", HubBench.Repository);

        Assert.Equal(2, exitCode);
        Assert.Contains("This loads up to 18.4 MB of test-org/quick-copy", error, StringComparison.Ordinal);
        Assert.Contains("Pass --yes to agree.", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.StoreFolder));
    }

    [Fact]
    public async Task A_name_of_the_catalog_stands_for_its_repository_and_its_pinned_commit()
    {
        _bench.Catalog = new ModelCatalog([Known("small") with { Revision = StandInHub.Commit }]);

        Assert.Equal(0, (await _bench.RunAsync("pull", "small", "--yes")).ExitCode);

        Assert.True(File.Exists(Path.Combine(_bench.StoreFolder, "small", "model.safetensors")));
        Assert.Equal($"/api/models/{HubBench.Repository}/revision/{StandInHub.Commit}?blobs=true", _bench.Hub.Calls.First().Path);
    }

    [Fact]
    public async Task The_catalogs_hash_of_a_pinned_commit_has_the_last_word()
    {
        _bench.Catalog = new ModelCatalog([Known("small") with
        {
            Revision = StandInHub.Commit,
            Files = [new RecordedFile("model.safetensors", _bench.Hub.Files["model.safetensors"].Length, new string('0', 64))],
        }]);

        var (exitCode, _, error) = await _bench.RunAsync("pull", "small", "--yes");

        Assert.Equal(2, exitCode);
        Assert.Contains("is not the file that the catalog knows", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_to_where_it_redirects()
    {
        using StandInHub elsewhere = new("x/y", _bench.Hub.Files);
        elsewhere.Before = call => elsewhere.Files.TryGetValue(call.Path.Split('/')[^1], out byte[]? content) ? new HubReply(200, content) : null;
        _bench.Hub.Before = call => StandInHub.FileOf(call) is { } name ? HubReply.Redirect($"{elsewhere.Endpoint}/cdn/{name}") : null;
        _bench.Settings = _bench.Settings with { Token = "hf_secret" };

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.All(_bench.Hub.Calls, call => Assert.Equal("Bearer hf_secret", call.Header("Authorization")));
        Assert.NotEmpty(elsewhere.Calls);
        Assert.All(elsewhere.Calls, call => Assert.Null(call.Header("Authorization")));
    }

    [Fact]
    public async Task A_mirror_that_lists_no_hashes_is_asked_for_its_tree()
    {
        string tree = JsonSerializer.Serialize(_bench.Hub.Files.Select(file => new Dictionary<string, object?>
        {
            ["type"] = "file",
            ["path"] = file.Key,
            ["size"] = file.Value.Length,
            ["oid"] = StandInHub.IsLarge(file.Key) ? new string('f', 40) : StandInHub.DigestOf(file.Key, file.Value),
            ["lfs"] = StandInHub.IsLarge(file.Key)
                ? new { oid = StandInHub.DigestOf(file.Key, file.Value), size = file.Value.Length } : null,
        }).Prepend(new Dictionary<string, object?> { ["type"] = "directory", ["path"] = "corpus" }));
        string bare = JsonSerializer.Serialize(new
        {
            sha = StandInHub.Commit,
            tags = _tags,
            siblings = _bench.Hub.Files.Keys.Select(name => new { rfilename = name }),
        });
        _bench.Hub.Before = call =>
            call.Path.Contains("/revision/", StringComparison.Ordinal) ? Json(bare)
            : call.Path.Contains("/tree/", StringComparison.Ordinal) ? Json(tree) : null;

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
    }

    [Fact]
    public async Task What_hugging_faces_own_tools_have_loaded_is_not_loaded_again()
    {
        FillCache();

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.DoesNotContain(_bench.Hub.Calls, call => call.Path.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_file_of_their_cache_is_loaded_anew_and_left_as_it_was()
    {
        string blob = FillCache();
        byte[] damaged = [.. File.ReadAllBytes(blob)];
        damaged[^1] ^= 1;
        File.WriteAllBytes(blob, damaged);

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.Equal(damaged, File.ReadAllBytes(blob));
    }

    [Fact]
    public async Task Offline_their_cache_is_enough_and_no_connection_is_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Without links a cache does not tell its hashes.");
        FillCache();
        _bench.Settings = _bench.Settings with { Access = HubAccess.Offline };

        Assert.Equal(0, (await _bench.PullAsync("--accept-licence")).ExitCode);

        _bench.AssertInstalled();
        Assert.Empty(_bench.Hub.Calls);
    }

    [Fact]
    public async Task Another_revision_takes_the_place_of_the_old_one()
    {
        await _bench.PullAsync();
        string stranger = Path.Combine(_bench.Installed, "stranger.txt");
        File.WriteAllText(stranger, "");
        (ModelRecord.Of(_bench.Installed)! with { Revision = new string('1', 40) }).Save(_bench.Installed);

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.False(File.Exists(stranger));
    }

    [Theory]
    [InlineData("pull")]
    [InlineData("add")]
    public async Task A_tokenizer_that_came_in_pieces_is_put_together(string way)
    {
        JsonNode whole = JsonNode.Parse(_bench.Hub.Files["tokenizer.json"])!;
        JsonObject settings = new()
        {
            ["tokenizer_class"] = "DreamTokenizer",
            ["mask_token"] = "<|mask|>",
            ["added_tokens_decoder"] = new JsonObject(whole["added_tokens"]!.AsArray().Select(
                token => KeyValuePair.Create<string, JsonNode?>(token!["id"]!.ToString(), token.DeepClone()))),
        };
        IEnumerable<string> merges = whole["model"]!["merges"]!.AsArray()
            .Select(merge => merge is JsonArray pair ? $"{pair[0]} {pair[1]}" : (string)merge!);
        _bench.Hub.Files.Remove("tokenizer.json");
        _bench.Hub.Files["vocab.json"] = Encoding.UTF8.GetBytes(whole["model"]!["vocab"]!.ToJsonString());
        _bench.Hub.Files["merges.txt"] = Encoding.UTF8.GetBytes(string.Join('\n', merges));
        _bench.Hub.Files["tokenizer_config.json"] = Encoding.UTF8.GetBytes(settings.ToJsonString());
        string folder = Directory.CreateDirectory(_bench.PathOf("folder")).FullName;
        foreach (var (name, content) in _bench.Hub.Files)
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }

        var (exitCode, _, error) = way == "pull" ? await _bench.PullAsync() : await _bench.RunAsync("add", folder, "--name", HubBench.Name, "--yes");

        Assert.Equal((0, ""), (exitCode, way == "pull" ? "" : error));
        Assert.Contains(ModelRecord.Of(_bench.Installed)!.Files, file => file.Name == "tokenizer.json");
        Assert.Equal(0, (await _bench.RunAsync("verify", HubBench.Name)).ExitCode);
    }

    /// <summary>A cache as Hugging Face's tools leave it; gives the blob with the weights.</summary>
    private string FillCache()
    {
        string repository = Path.Combine(_bench.Settings.CacheFolder, "models--test-org--quick-copy");
        string snapshot = Directory.CreateDirectory(Path.Combine(repository, "snapshots", StandInHub.Commit)).FullName;
        string blobs = Directory.CreateDirectory(Path.Combine(repository, "blobs")).FullName;
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), StandInHub.Commit);
        foreach (var (name, content) in _bench.Hub.Files)
        {
            string blob = Path.Combine(blobs, StandInHub.DigestOf(name, content));
            File.WriteAllBytes(blob, content);
            if (!OperatingSystem.IsWindows())
            {
                File.CreateSymbolicLink(Path.Combine(snapshot, name), Path.Combine("..", "..", "blobs", Path.GetFileName(blob)));
            }
        }

        return Path.Combine(blobs, StandInHub.DigestOf("model.safetensors", _bench.Hub.Files["model.safetensors"]));
    }

    private async Task SecondAsync(TaskCompletionSource mayGoOn)
    {
        TaskCompletionSource waits = new();
        using var handler = HubSettings.CreateHandler();
        using HubClient hub = new(_bench.Settings, handler);
        ModelPull pull = new(_bench.Settings, hub, _bench.Store()) { Waiting = waits.SetResult };
        PullPlan plan = await pull.PlanAsync(PullRequest.Parse(HubBench.Repository, null, _bench.Catalog), CancellationToken.None);
        Task run = pull.RunAsync(plan, new PullProgress(TimeProvider.System), CancellationToken.None);
        await waits.Task.Soon();
        mayGoOn.SetResult();
        await run;
    }

    private static HubReply Json(string text) => new(200, Encoding.UTF8.GetBytes(text));

    private static CatalogEntry Known(string name) => new()
    {
        Name = name,
        Repository = HubBench.Repository,
        ModelType = "a2d-qwen3",
        Licence = new CatalogLicence("MIT", "MIT"),
    };
}
