using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Tests;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>Weights arrive in tensors and modules bit for bit, and a checkpoint that does not fit is refused.</summary>
public sealed class CheckpointTests : IDisposable
{
    private const string Sharded = "dream-bf16-sharded";
    private const string FirstShard = "model-00001-of-00002.safetensors";
    private const string SecondShard = "model-00002-of-00002.safetensors";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("dream")]
    [InlineData(Sharded)]
    [InlineData("open-dcoder")]
    [InlineData("a2d-qwen3")]
    [InlineData("llada")]
    public void A_checkpoint_has_the_weights_that_its_config_asks_for(string name)
    {
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", name));
        var shapes = ParameterShapes.Of(checkpoint.Config).ToDictionary(p => p.Name, p => p.Shape);

        Assert.Equal(shapes.Keys.Order(), checkpoint.Names.Order());
        Assert.All(shapes, p => Assert.Equal(p.Value, checkpoint.Entry(p.Key).Shape));
        Assert.Equal(shapes.Values.Sum(s => s.Aggregate(1L, (count, d) => count * d)), checkpoint.ParameterCount);
    }

    [Theory]
    [InlineData("dream")]
    [InlineData(Sharded)]
    public void A_module_receives_every_byte(string name)
    {
        string source = TestData.PathOf("parity", name);
        using var checkpoint = Checkpoint.Open(source);
        using var module = ModuleFor(
            checkpoint.Config, Checkpoint.TypeOf(checkpoint.Entry("model.norm.weight").Dtype));

        List<double> shares = [];
        checkpoint.LoadInto(module, shares.Add);

        Assert.Equal(checkpoint.Names.Count, shares.Count);
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1.0, shares[^1]);
        using var files = CheckpointFiles.Open(source);
        var loaded = module.state_dict();
        Assert.Equal(checkpoint.Names.Order(), loaded.Keys.Order());
        foreach (var (parameter, weights) in loaded)
        {
            Assert.Equal(files.Find(parameter).Bytes(parameter).ToArray(), weights.bytes.ToArray());
        }
    }

    /// <summary>Bits that a conversion may get wrong: signs of zero, subnormals, extremes, infinities.</summary>
    [Fact]
    public void Every_bf16_becomes_the_f32_of_the_same_upper_bits()
    {
        ushort[] bits = [.. AllHalves().Where(b => !float.IsNaN(BitConverter.UInt32BitsToSingle((uint)b << 16)))];
        float[] expected = [.. bits.Select(b => BitConverter.UInt32BitsToSingle((uint)b << 16))];

        AssertConverts(TensorDtype.BF16, bits, expected);
    }

    [Fact]
    public void Every_f16_becomes_the_f32_of_the_same_value()
    {
        ushort[] bits = [.. AllHalves().Where(b => !Half.IsNaN(BitConverter.UInt16BitsToHalf(b)))];
        float[] expected = [.. bits.Select(b => (float)BitConverter.UInt16BitsToHalf(b))];

        AssertConverts(TensorDtype.F16, bits, expected);
    }

    [Fact]
    public void Weights_that_lie_askew_in_the_file_are_read()
    {
        // A header of odd length, as the first writers of the format made them.
        string header = """{"w":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}""";
        header += header.Length % 2 == 0 ? " " : string.Empty;
        byte[] data = [0x80, 0x3F, 0x00, 0x40, 0x40, 0x40, 0x80, 0x40];
        File.WriteAllBytes(
            WriteConfig("model.safetensors"),
            [.. BitConverter.GetBytes((ulong)header.Length), .. System.Text.Encoding.ASCII.GetBytes(header), .. data]);

        using var checkpoint = Checkpoint.Open(_folder.FullName);
        using var weights = checkpoint.Load("w", [2, 2], torch.ScalarType.Float32, torch.CPU);

        Assert.Equal(1, checkpoint.Entry("w").Offset % 2);
        Assert.Equal([1f, 2f, 3f, 4f], weights.data<float>().ToArray());
    }

    [Fact]
    public void A_folder_may_have_any_name()
    {
        string folder = Directory.CreateDirectory(_folder.PathOf("modèles 模型 𝒳")).FullName;
        foreach (string file in Directory.EnumerateFiles(TestData.PathOf("parity", Sharded)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        using var checkpoint = Checkpoint.Open(folder);
        using var weights = checkpoint.Load("model.norm.weight", [64], torch.ScalarType.BFloat16, torch.CPU);
        Assert.Equal(64, weights.NumberOfElements);
    }

    [Fact]
    public void A_file_that_is_replaced_after_it_was_opened_is_read_as_it_was()
    {
        _folder.With(TestData.PathOf("parity", "dream"));
        using var checkpoint = Checkpoint.Open(_folder.FullName);
        using var before = checkpoint.Load("model.norm.weight", [64], torch.ScalarType.Float32, torch.CPU);
        File.Delete(_folder.PathOf("model.safetensors"));
        File.WriteAllBytes(_folder.PathOf("model.safetensors"), new byte[8]);

        using var after = checkpoint.Load("model.norm.weight", [64], torch.ScalarType.Float32, torch.CPU);

        Assert.Equal(before.data<float>().ToArray(), after.data<float>().ToArray());
    }

    [Fact]
    public void Loaded_weights_outlive_the_checkpoint_and_leave_the_file_alone()
    {
        _folder.With(TestData.PathOf("parity", "dream"));
        byte[] before = File.ReadAllBytes(_folder.PathOf("model.safetensors"));
        torch.Tensor weights;
        using (var checkpoint = Checkpoint.Open(_folder.FullName))
        {
            weights = checkpoint.Load("model.norm.weight", [64], torch.ScalarType.Float32, torch.CPU);
        }

        using (weights)
        {
            _ = weights.fill_(7);
            Assert.Equal(7f, weights[63].item<float>());
        }

        Assert.Equal(before, File.ReadAllBytes(_folder.PathOf("model.safetensors")));
    }

    [Fact]
    public void Loading_leaves_no_tensor_behind()
    {
        string folder = TestData.PathOf("parity", Sharded);
        using var module = ModuleFor(ModelConfig.Load(folder), torch.ScalarType.Float32);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var checkpoint = Checkpoint.Open(folder))
        {
            checkpoint.LoadInto(module);
            checkpoint.Load("model.norm.weight", [64], torch.ScalarType.Float32, torch.CPU).Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_saved_module_loads_as_the_same_and_its_tied_head_is_left_out()
    {
        var config = ModelConfig.Load(TestData.PathOf("parity", "open-dcoder"));
        using var original = ModuleFor(config with { TieWordEmbeddings = false }, torch.ScalarType.Float32);
        using var copy = ModuleFor(config, torch.ScalarType.Float32);

        Checkpoint.Save(_folder.FullName, config, original, TensorDtype.F32);
        using var checkpoint = Checkpoint.Open(_folder.FullName);
        checkpoint.LoadInto(copy);

        Assert.DoesNotContain(Checkpoint.HeadName, checkpoint.Names);
        var expected = original.state_dict();
        Assert.Equal(expected.Count - 1, copy.state_dict().Count);
        Assert.All(copy.state_dict(), p => Assert.Equal(expected[p.Key].bytes.ToArray(), p.Value.bytes.ToArray()));
    }

    [Fact]
    public void A_head_that_is_the_embedding_itself_is_loaded_and_saved_once()
    {
        var config = ModelConfig.Load(TestData.PathOf("parity", "open-dcoder"));
        var embedding = new TorchSharp.Modules.Parameter(torch.zeros(320, 64));
        using var module = new NamedWeights(
        [
            .. ParameterShapes.Of(config)
                .Where(p => p.Name != Checkpoint.EmbeddingName)
                .Select(p => (p.Name, torch.zeros(p.Shape))),
            (Checkpoint.EmbeddingName, embedding),
            (Checkpoint.HeadName, embedding),
        ]);

        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", "open-dcoder"));
        checkpoint.LoadInto(module);
        Checkpoint.Save(_folder.FullName, config, module, TensorDtype.F32);

        using var saved = Checkpoint.Open(_folder.FullName);
        Assert.Equal(checkpoint.Names.Order(), saved.Names.Order());
    }

    [Fact]
    public void A_tied_head_may_repeat_the_embedding_and_may_not_differ_from_it()
    {
        var config = ModelConfig.Load(TestData.PathOf("parity", "open-dcoder"));
        using var module = ModuleFor(config with { TieWordEmbeddings = false }, torch.ScalarType.Float32);
        var weights = module.state_dict();
        void Write(torch.Tensor head)
        {
            config.Save(_folder.FullName);
            weights[Checkpoint.HeadName] = head;
            SafetensorsWriter.Write(
                _folder.PathOf("model.safetensors"),
                weights.Select(p => Checkpoint.ContentOf(p.Key, p.Value, TensorDtype.BF16)));
        }

        Write(weights[Checkpoint.EmbeddingName]);
        using (var checkpoint = Checkpoint.Open(_folder.FullName))
        {
            checkpoint.LoadInto(module);
            Assert.Equal(
                ParameterShapes.Of(config).Sum(p => p.Shape.Aggregate(1L, (count, d) => count * d)),
                checkpoint.ParameterCount);
        }

        Write(torch.zeros(320, 64));
        using var different = Checkpoint.Open(_folder.FullName);
        Assert.Contains("lm_head.weight: differs from", Refusal(() => different.LoadInto(module)), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_unexpected_names_are_listed_shortly()
    {
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", "dream"));
        using var module = new NamedWeights([("model.norm.weight", torch.zeros(64)), ("other", torch.zeros(1))]);

        string message = Refusal(() => checkpoint.LoadInto(module));

        Assert.Contains("it lacks other, and has lm_head.weight, model.embed_tokens.weight, ", message, StringComparison.Ordinal);
        Assert.Contains(" and 21 more, which the model does not", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_shape_is_refused_by_tensor()
    {
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", "dream"));

        Assert.Contains(
            "model.norm.weight: has the shape [64], but the config asks for [8, 8]",
            Refusal(() => checkpoint.Load("model.norm.weight", [8, 8], torch.ScalarType.Float32, torch.CPU).Dispose()),
            StringComparison.Ordinal);
        Assert.Contains(
            "other: the checkpoint has no such tensor",
            Refusal(() => checkpoint.Load("other", [1], torch.ScalarType.Float32, torch.CPU).Dispose()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_checkpoint_is_refused_with_the_way_out()
    {
        Assert.Contains("diffusionlsp doctor", RefusalOfOpen(_folder.PathOf("none")), StringComparison.Ordinal);
        Assert.Contains("config.json: cannot be read", RefusalOfOpen(_folder.FullName), StringComparison.Ordinal);
        WriteConfig("x");
        Assert.Contains("has neither model.safetensors nor", RefusalOfOpen(_folder.FullName), StringComparison.Ordinal);
    }

    /// <summary>What the index's weight_map says, and what the message must say.</summary>
    [Theory]
    [InlineData("""{}""", "weight_map: is missing")]
    [InlineData("""{"weight_map":{}}""", "weight_map: lists no tensors")]
    [InlineData("""{"weight_map":[]}""", "weight_map: is [], not an object")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map.a: is 1, not text")]
    [InlineData("""{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"\ud800":"x.safetensors"}}""", "index.json: ")]
    [InlineData("""{"weight_map":{"a":"../x.safetensors"}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":"/etc/x.safetensors"}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":"..\\x.safetensors"}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":"C:x.safetensors"}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":"sub/x.safetensors"}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":"config.json"}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":".safetensors"}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":""}}""", "weight_map.a: names the file")]
    [InlineData("""{"weight_map":{"a":"x.safetensors"}}""", "x.safetensors: is missing, though")]
    [InlineData("""{"weight_map":{"a":"model-00001-of-00002.safetensors"}}""", "is not listed in model.safetensors.index.json")]
    public void A_wrong_index_is_refused(string index, string problem)
    {
        _folder.With(TestData.PathOf("parity", Sharded));
        File.WriteAllText(_folder.PathOf("model.safetensors.index.json"), index);

        Assert.Contains(problem, RefusalOfOpen(_folder.FullName), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_must_hold_what_the_index_says()
    {
        _folder.With(TestData.PathOf("parity", Sharded));
        string index = _folder.PathOf("model.safetensors.index.json");
        string sound = File.ReadAllText(index);

        File.WriteAllText(index, sound.Replace(
            $"\"model.norm.weight\": \"{SecondShard}\"", $"\"model.norm.weight\": \"{FirstShard}\"", StringComparison.Ordinal));
        Assert.Contains($"model.norm.weight: should be in {FirstShard}", RefusalOfOpen(_folder.FullName), StringComparison.Ordinal);

        File.WriteAllText(index, sound.Replace(
            "\"weight_map\": {", $"\"weight_map\": {{ \"lost\": \"{FirstShard}\",", StringComparison.Ordinal));
        Assert.Contains("lost: is missing, though", RefusalOfOpen(_folder.FullName), StringComparison.Ordinal);

        File.WriteAllText(index, sound);
        File.Copy(_folder.PathOf(FirstShard), _folder.PathOf(SecondShard), overwrite: true);
        Assert.Contains($"is in {FirstShard} as well", RefusalOfOpen(_folder.FullName), StringComparison.Ordinal);

        File.Delete(_folder.PathOf(SecondShard));
        Assert.Contains($"{SecondShard}: is missing, though", RefusalOfOpen(_folder.FullName), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
    }

    private static IEnumerable<ushort> AllHalves() => Enumerable.Range(0, 1 << 16).Select(b => (ushort)b);

    private void AssertConverts(TensorDtype dtype, ushort[] bits, float[] expected)
    {
        byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(bits.AsSpan()).ToArray();
        SafetensorsWriter.Write(
            WriteConfig("model.safetensors"), [new TensorContent("w", dtype, [bits.Length], bytes)]);

        using var checkpoint = Checkpoint.Open(_folder.FullName);
        using var wide = checkpoint.Load("w", [bits.Length], torch.ScalarType.Float32, torch.CPU);
        using var same = checkpoint.Load("w", [bits.Length], Checkpoint.TypeOf(dtype), torch.CPU);

        Assert.Equal(
            expected.Select(BitConverter.SingleToUInt32Bits), wide.data<float>().Select(BitConverter.SingleToUInt32Bits));
        Assert.Equal(bytes, same.bytes.ToArray());
    }

    private string WriteConfig(string neighbour)
    {
        File.Copy(TestData.PathOf("parity", "dream", "config.json"), _folder.PathOf("config.json"), overwrite: true);
        return _folder.PathOf(neighbour);
    }

    private static NamedWeights ModuleFor(ModelConfig config, torch.ScalarType dtype) =>
        new(ParameterShapes.Of(config).Select(p => (p.Name, torch.randn(p.Shape, dtype: dtype))));

    private static string RefusalOfOpen(string folder) => Refusal(() => Checkpoint.Open(folder).Dispose());

    private static string Refusal(Action action)
    {
        string message = Assert.Throws<CheckpointException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    /// <summary>A tree of modules that has the given parameters under their dotted names, and computes nothing.</summary>
    private sealed class NamedWeights : torch.nn.Module
    {
        public NamedWeights(IEnumerable<(string Name, torch.Tensor Weights)> weights)
            : base(nameof(NamedWeights))
        {
            foreach (var group in weights.GroupBy(w => w.Name.Contains('.', StringComparison.Ordinal)
                ? w.Name[..w.Name.IndexOf('.', StringComparison.Ordinal)]
                : string.Empty))
            {
                if (group.Key.Length > 0)
                {
                    register_module(
                        group.Key, new NamedWeights(group.Select(w => (w.Name[(group.Key.Length + 1)..], w.Weights))));
                    continue;
                }

                foreach (var (name, tensor) in group)
                {
                    register_parameter(
                        name, tensor as TorchSharp.Modules.Parameter ?? new TorchSharp.Modules.Parameter(tensor));
                }
            }
        }
    }
}
