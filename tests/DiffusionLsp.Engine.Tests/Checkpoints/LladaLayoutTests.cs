using System.Text.Json.Nodes;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Tests;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>LLaDA's config and tensors under OLMo's names, and what of OLMo's other networks is refused.</summary>
public sealed class LladaLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.embed_tokens.weight", "model.transformer.wte.weight")]
    [InlineData("model.layers.0.input_layernorm.weight", "model.transformer.blocks.0.attn_norm.weight")]
    [InlineData("model.layers.31.self_attn.q_proj.bias", "model.transformer.blocks.31.q_proj.bias")]
    [InlineData("model.layers.7.mlp.down_proj.weight", "model.transformer.blocks.7.ff_out.weight")]
    [InlineData("lm_head.weight", "model.transformer.ff_out.weight")]
    public void A_tensor_has_OLMos_name(string tensor, string name)
    {
        Assert.Equal(name, LladaLayout.Names.TensorName(tensor));
        Assert.Equal(tensor, CheckpointLayout.Qwen.TensorName(tensor));
    }

    [Fact]
    public void The_fields_are_read_by_OLMos_names()
    {
        var config = Read("{}");

        Assert.Equal((64, 2, 4, 4, 160), (config.HiddenSize, config.NumHiddenLayers, config.NumAttentionHeads, config.NumKeyValueHeads, config.IntermediateSize));
        Assert.Equal((320, 4096, 310), (config.VocabSize, config.MaxPositionEmbeddings, config.MaskTokenId));
        Assert.Equal((5e5, 1e-5, false, false), (config.RopeTheta, config.RmsNormEps, config.TieWordEmbeddings, config.LogitShift));
        Assert.Equal(384, Read("""{"embedding_size": 384}""").VocabSize);
        Assert.Equal(320, Read("""{"embedding_size": null}""").VocabSize);
        Assert.Equal(1e-5, Read("""{"rms_norm_eps": null}""").RmsNormEps);
        Assert.True(Read("""{"include_qkv_bias": true}""").QkvBias);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"include_qkv_bias": true, "n_kv_heads": 2, "weight_tying": true}""")]
    public void A_saved_config_and_its_weights_read_as_the_same(string changes)
    {
        TorchRuntime.EnsureLoaded();
        var config = Read(changes);
        using var network = new Qwen2Network(config, new Placement(torch.CPU, torch.float32));
        network.Initialize();

        Checkpoint.Save(_folder.FullName, config, network, TensorDtype.F32);
        using var checkpoint = Checkpoint.Open(_folder.FullName);
        using var read = new Qwen2Network(config, new Placement(torch.CPU, torch.float32));
        checkpoint.LoadInto(read);

        Assert.Equal(config with { Architectures = [] }, checkpoint.Config with { Architectures = [] });
        Assert.All(checkpoint.Names, name => Assert.StartsWith("model.transformer.", name, StringComparison.Ordinal));
        Assert.Equal(network.state_dict().Select(Bytes), read.state_dict().Select(Bytes));
    }

    /// <summary>Changes to the sound config, the field the message must name, and a part of what it says.</summary>
    [Theory]
    [InlineData("""{"d_model": null}""", "d_model", "is missing")]
    [InlineData("""{"n_kv_heads": 3}""", "n_kv_heads", "does not divide")]
    [InlineData("""{"max_sequence_length": 0}""", "max_sequence_length", "whole number")]
    [InlineData("""{"block_type": null}""", "model_type", "'llada' without a block_type is not LLaDA-8B's layout")]
    [InlineData("""{"block_type": "sequential"}""", "block_type", "only 'llama' is")]
    [InlineData("""{"activation_type": "swiglu"}""", "activation_type", "only 'silu' is")]
    [InlineData("""{"activation_type": null}""", "activation_type", "is missing")]
    [InlineData("""{"layer_norm_type": "low_precision"}""", "layer_norm_type", "only 'rms' is")]
    [InlineData("""{"rope": false}""", "rope", "only rotary positions")]
    [InlineData("""{"rope": null}""", "rope", "only rotary positions")]
    [InlineData("""{"alibi": true}""", "alibi", "not supported")]
    [InlineData("""{"include_bias": true}""", "include_bias", "not supported")]
    [InlineData("""{"scale_logits": true}""", "scale_logits", "not supported")]
    [InlineData("""{"attention_layer_norm": true}""", "attention_layer_norm", "not supported")]
    [InlineData("""{"layer_norm_with_affine": false}""", "layer_norm_with_affine", "norms without weights")]
    [InlineData("""{"block_group_size": 2}""", "block_group_size", "grouped blocks")]
    [InlineData("""{"mask_token_id": null}""", "mask_token_id", "no masked-diffusion model")]
    public void Another_network_of_OLMos_is_refused_by_field(string changes, string field, string problem)
    {
        string message = Assert.Throws<CheckpointException>(() => Read(changes)).Message;

        Assert.StartsWith($"config.json: {field}: ", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    private static ModelConfig Read(string changes)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "tests", "data", "parity", "llada", "config.json")))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            config[name] = value?.DeepClone();
        }

        return ModelConfig.FromJson(config.ToJsonString());
    }

    private static (string, string) Bytes(KeyValuePair<string, torch.Tensor> pair) => (pair.Key, Convert.ToHexString(pair.Value.bytes));
}
