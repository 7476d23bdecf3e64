using System.Security.Cryptography;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Corpus;
using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Tests.Cli;

public sealed class FitCommandTests : IDisposable
{
    private readonly TrainingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_run_says_what_it_computes_and_goes_on_with_it()
    {
        Assert.Equal(0, _bench.Fit("run", "--steps", "2", "--set", "ema_decay=0.5"));
        var file = RunFile.Load(_bench.PathOf("run/run.json"));
        Assert.Equal((2, 1, 24, 0.5), (file.Options.Steps, file.Options.BatchSize, file.Options.ContextLength, file.Options.EmaDecay));
        Assert.Equal(CorpusManifest.Read(_bench.Corpus).CorpusSha256, file.CorpusSha256);
        Assert.Null(file.From);
        Assert.StartsWith("new run, 2 steps", _bench.Output, StringComparison.Ordinal);

        Assert.Equal(0, _bench.Fit("run", "--steps", "4", "--set", "ema_decay=0.5"));
        Assert.StartsWith("resumed after step 2, 4 steps", _bench.Output, StringComparison.Ordinal);
        Assert.Equal(4, RunFile.Load(_bench.PathOf("run/run.json")).Options.Steps);
    }

    [Theory]
    [InlineData("bath_size=1", "no option 'bath_size'")]
    [InlineData("batch_size=many", "\"many\" is no value of batch_size")]
    [InlineData("batch_size=1.5", "1.5 is no value of batch_size")]
    [InlineData("batch_size=", "is no value of batch_size")]
    [InlineData("batch_size=null", "null is no value of batch_size")]
    [InlineData("batch_size=0", "batch_size, which goes from 1")]
    [InlineData("matrix_rate=-1", "matrix_rate, which goes from 0")]
    [InlineData("ema_decay=1", "ema_decay, which goes from 0")]
    [InlineData("seed", "write name=value")]
    public void A_setting_that_is_none_lists_those_that_are(string setting, string expected)
    {
        string message = Refused("run", "--set", setting);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("ema_decay (0.998)", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.PathOf("run")));
    }

    [Theory]
    [InlineData("batch_size=2", "was begun with batch_size 1, not 2")]
    [InlineData("ema_decay=0.9", "was begun with ema_decay 0.998, not 0.9")]
    public void What_a_run_was_begun_with_stays(string setting, string expected)
    {
        _bench.Fit("run", "--steps", "2");
        string before = File.ReadAllText(_bench.PathOf("run/run.json"));
        Assert.Contains(expected, Refused("run", "--set", setting), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_bench.PathOf("run/run.json")));
    }

    [Fact]
    public void A_run_keeps_its_network()
    {
        _bench.Fit("run", "--steps", "2");
        string deeper = _bench.WriteConfig("deep.json", config => config["num_hidden_layers"] = 3);
        Assert.Contains("another network", Refused("run", "--config", deeper), StringComparison.Ordinal);

        string bolder = _bench.WriteConfig("bold.json", config => config["diffusion"]!["confidence_threshold"] = 0.5);
        Assert.Equal(0, _bench.Fit("run", "--config", bolder));
    }

    [Fact]
    public void A_run_keeps_its_corpus()
    {
        _bench.Fit("run", "--steps", "2");
        string manifest = Path.Combine(_bench.Corpus, CorpusManifest.FileName);
        string hash = CorpusManifest.Read(_bench.Corpus).CorpusSha256;
        string other = new('a', hash.Length);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace(hash, other, StringComparison.Ordinal));

        string message = Refused("run");
        Assert.Contains(hash, message, StringComparison.Ordinal);
        Assert.Contains(other, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_something_else_in_it_is_left_alone()
    {
        Directory.CreateDirectory(_bench.PathOf("run"));
        File.WriteAllText(_bench.PathOf("run/config.json"), "precious");
        File.WriteAllText(_bench.PathOf("run/thesis.txt"), "years of work");
        Assert.Contains("holds no run.json", Refused("run"), StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_bench.PathOf("run/config.json")));

        // What a kill between the two files leaves is no obstacle.
        File.Delete(_bench.PathOf("run/thesis.txt"));
        Assert.Equal(0, _bench.Fit("run", "--steps", "1"));
    }

    public static TheoryData<string, Action<string>> Damages => new()
    {
        { "train.bin", path => Resize(path, -2) },
        { "heldout.bin", File.Delete },
        { "heldout.idx", path => Resize(path, -4) },
        { "train.idx", path => Overwrite(path, new FileInfo(path).Length - 4, 77) },
        { "corpus.json", File.Delete },
        { "corpus.json", path => Replace(path, "\"documents\": 4", "\"documents\": 5") },
        { "corpus.json", path => Replace(path, "\"licence\": \"MIT\"", "\"licence\": \"\"") },
        { "corpus.json", path => Replace(path, "\"origin\": \"test\"", "\"origin\": null") },
        { "tokenizer", path => Replace(path.Replace("tokenizer", "corpus.json", StringComparison.Ordinal), "\"tokenizerSha256\": \"", "\"tokenizerSha256\": \"0") },
    };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public void A_bad_corpus_is_named_before_a_run_is_made(string file, Action<string> damage)
    {
        damage(Path.Combine(_bench.Corpus, file));
        string message = Refused("run");
        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.PathOf("run")));
    }

    [Theory]
    [InlineData("ema", "ema.safetensors")]
    [InlineData("raw", "model.safetensors")]
    public void Export_takes_the_weights_that_were_asked_for(string weights, string file)
    {
        _bench.Fit("run", "--steps", "4");
        Assert.Equal(0, _bench.Export("run", "out", "--weights", weights));
        AssertRounded(_bench.PathOf($"run/step-000004/{file}"), _bench.PathOf("out/model.safetensors"));
    }

    [Fact]
    public void Export_takes_the_average_unless_told()
    {
        _bench.Fit("run", "--steps", "4");
        Assert.Equal(0, _bench.Export("run", "out"));
        AssertRounded(_bench.PathOf("run/step-000004/ema.safetensors"), _bench.PathOf("out/model.safetensors"));
    }

    [Fact]
    public void A_damaged_newest_checkpoint_falls_back_to_the_one_before()
    {
        _bench.Fit("run", "--steps", "4");
        Resize(_bench.PathOf("run/step-000004/ema.safetensors"), -1);

        Assert.Equal(0, _bench.Export("run", "out"));
        Assert.Contains("step 2,", _bench.Output, StringComparison.Ordinal);
        Assert.Contains("step-000004 is passed over", _bench.Error, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Fit("run", "--steps", "4"));
        Assert.Contains("resumed after step 2", _bench.Output, StringComparison.Ordinal);
        Assert.Contains("step-000004 is passed over", _bench.Error, StringComparison.Ordinal);
    }

    /// <summary>A deeper network begins with the weights of a shallow one; its last layer is fresh, and named.</summary>
    [Theory]
    [InlineData("out")]
    [InlineData("run/step-000002")]
    public void A_new_run_begins_with_the_weights_of_a_checkpoint(string from)
    {
        _bench.Fit("run", "--steps", "2");
        _bench.Export("run", "out");
        string deeper = _bench.WriteConfig("deep.json", config => config["num_hidden_layers"] = 3);

        // Rates of 0 leave the weights as they began.
        string[] still = ["--steps", "1", "--set", "matrix_rate=0", "--set", "vector_rate=0", "--set", "embedding_rate=0"];
        Assert.Equal(0, _bench.Fit("warm", ["--config", deeper, "--from", _bench.PathOf(from), .. still]));

        string weights = Path.Combine(_bench.PathOf(from), "model.safetensors");
        var recorded = RunFile.Load(_bench.PathOf("warm/run.json")).From!;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weights))), recorded.WeightsSha256);
        string line = Assert.Single(_bench.Error.Trim().Split('\n'));
        Assert.Contains("begin fresh: model.layers.2.input_layernorm.weight", line, StringComparison.Ordinal);
        Assert.DoesNotContain("model.layers.1.", line, StringComparison.Ordinal);
        using var source = SafetensorsReader.Open(weights);
        using var begun = SafetensorsReader.Open(_bench.PathOf("warm/step-000001/model.safetensors"));
        foreach (string name in source.Tensors.Keys)
        {
            Assert.Equal(Values(source, name), Values(begun, name));
        }
    }

    [Fact]
    public void A_warm_start_that_does_not_fit_makes_no_run()
    {
        _bench.Fit("run", "--steps", "2");
        string wider = _bench.WriteConfig("wide.json", config => config["intermediate_size"] = 32);
        string message = Refused("warm", "--config", wider, "--from", _bench.PathOf("run/step-000002"));
        Assert.Contains("mlp", message, StringComparison.Ordinal);
        Assert.Contains("[24, 16]", message, StringComparison.Ordinal);
        Assert.Contains("no such folder", Refused("warm", "--from", _bench.PathOf("none")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.PathOf("warm")));
    }

    [Fact]
    public void A_run_keeps_where_it_began()
    {
        _bench.Fit("run", "--steps", "2");
        _bench.Fit("warm", "--steps", "2", "--from", _bench.PathOf("run/step-000002"));
        Assert.Equal(0, _bench.Fit("warm", "--steps", "3", "--from", _bench.PathOf("run/step-000002")));
        Assert.NotNull(RunFile.Load(_bench.PathOf("warm/run.json")).From);

        _bench.Fit("run", "--steps", "4");
        Assert.Contains("began with", Refused("warm", "--from", _bench.PathOf("run/step-000004")), StringComparison.Ordinal);
        Assert.Contains("fresh weights", Refused("run", "--from", _bench.PathOf("warm/step-000002")), StringComparison.Ordinal);
    }

    private string Refused(string run, params string[] more)
    {
        var exception = Assert.ThrowsAny<Exception>(() => _bench.Fit(run, more));
        Assert.True(exception is EngineException or InvalidDataException, exception.ToString());
        Assert.DoesNotContain('\n', exception.Message);
        return exception.Message;
    }

    private static void AssertRounded(string master, string exported)
    {
        using var wide = SafetensorsReader.Open(master);
        using var narrow = SafetensorsReader.Open(exported);
        Assert.Equal(wide.Tensors.Keys.Order(), narrow.Tensors.Keys.Order());
        foreach (string name in wide.Tensors.Keys)
        {
            Assert.Equal(TensorDtype.BF16, narrow.Entry(name).Dtype);
            Assert.All(Values(wide, name).Zip(Values(narrow, name)), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) / 128));
        }
    }

    private static float[] Values(SafetensorsReader reader, string name)
    {
        TorchRuntime.EnsureLoaded();
        using var values = TorchSharp.torch.zeros([.. reader.Entry(name).Shape]);
        TensorFile.Copy(reader, name, values);
        return values.data<float>().ToArray();
    }

    private static void Replace(string path, string from, string to)
    {
        string text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    private static void Resize(string path, int by)
    {
        using var stream = File.OpenWrite(path);
        stream.SetLength(stream.Length + by);
    }

    private static void Overwrite(string path, long at, int value)
    {
        using var stream = File.OpenWrite(path);
        stream.Seek(at, SeekOrigin.Begin);
        stream.Write(BitConverter.GetBytes(value));
    }
}
