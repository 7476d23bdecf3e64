using System.Text.Json.Nodes;
using CsCheck;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>What config.json means, family by family, and what is refused.</summary>
public sealed class ModelConfigTests
{
    private const string Sound =
        """
        {
          "model_type": "a2d-qwen3", "architectures": ["A2DQwen3LMHeadModel"], "vocab_size": 320, "hidden_size": 64,
          "intermediate_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
          "head_dim": 32, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 1e6,
          "max_position_embeddings": 2048, "tie_word_embeddings": true, "mask_token_id": 310
        }
        """;

    [Theory]
    [InlineData("dream", true, false, true, false, 16)]
    [InlineData("dream-bf16-sharded", true, false, true, false, 16)]
    [InlineData("open-dcoder", true, false, true, true, 16)]
    [InlineData("a2d-qwen3", false, true, false, true, 32)]
    [InlineData("llada", false, false, false, false, 16)]
    public void A_family_fills_in_what_its_config_leaves_out(
        string folder, bool bias, bool norm, bool shift, bool tied, int headDim)
    {
        var config = ModelConfig.Load(TestData.PathOf("parity", folder));
        var expected = JsonNode.Parse(File.ReadAllText(TestData.PathOf("parity", folder, "expected.json")))!;

        Assert.Equal((bias, norm, tied, headDim), (config.QkvBias, config.QkNorm, config.TieWordEmbeddings, config.HeadDim));
        Assert.Equal(shift, config.LogitShift);
        Assert.Equal((bool)expected["logit_shift"]!, config.LogitShift);
        Assert.Equal((int)expected["mask_token_id"]!, config.MaskTokenId);
        Assert.Equal(AttentionPattern.Bidirectional, config.AttentionPattern);
        Assert.Null(config.DeleteTokenId);
    }

    /// <summary>Changes to the sound config (JSON members; null removes nothing), and what then holds.</summary>
    public static TheoryData<string, string, object?> Fields { get; } = new()
    {
        { "{}", nameof(ModelConfig.RopeTheta), 1e6 },
        { """{"head_dim":null,"hidden_size":64}""", nameof(ModelConfig.HeadDim), 16 },
        { """{"num_key_value_heads":null}""", nameof(ModelConfig.NumKeyValueHeads), 4 },
        { """{"logit_shift":true}""", nameof(ModelConfig.LogitShift), true },
        { """{"qk_norm":false}""", nameof(ModelConfig.QkNorm), false },
        { """{"attention_pattern":"context-causal"}""", nameof(ModelConfig.AttentionPattern), AttentionPattern.ContextCausal },
        { """{"attention_pattern":"bidirectional"}""", nameof(ModelConfig.AttentionPattern), AttentionPattern.Bidirectional },
        { """{"eos_token_id":300}""", nameof(ModelConfig.DeleteTokenId), null },
        { """{"eos_token_id":300,"expand_token_id":311}""", nameof(ModelConfig.DeleteTokenId), 300 },
        { """{"eos_token_id":300,"expand_token_id":311,"delete_token_id":312}""", nameof(ModelConfig.DeleteTokenId), 312 },
        { """{"eos_token_id":[300,301]}""", nameof(ModelConfig.EosTokenId), 300 },
        { """{"rope_scaling":null}""", nameof(ModelConfig.RopeTheta), 1e6 },
        { """{"rope_theta":null,"rope_parameters":{"rope_type":"default","rope_theta":5e5}}""", nameof(ModelConfig.RopeTheta), 5e5 },
        { """{"rope_theta":null}""", nameof(ModelConfig.RopeTheta), 1e4 },
        { """{"use_sliding_window":false,"sliding_window":32768}""", nameof(ModelConfig.HiddenSize), 64 },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_is_read(string changes, string property, object? expected)
    {
        var config = ModelConfig.FromJson(With(changes));

        Assert.Equal(expected, typeof(ModelConfig).GetProperty(property)!.GetValue(config));
    }

    [Fact]
    public void The_recommended_denoising_is_read()
    {
        var config = ModelConfig.FromJson(With(
            """
            {"diffusion":{"initial_masks":16,"max_new_tokens":64,"confidence_threshold":0.9,"unmask_order":"confidence"}}
            """));

        Assert.Equal(
            new DiffusionSettings { InitialMasks = 16, MaxNewTokens = 64, ConfidenceThreshold = 0.9, UnmaskOrder = "confidence" },
            config.Diffusion);
        Assert.Equal(new DiffusionSettings(), ModelConfig.FromJson(Sound).Diffusion);
    }

    [Fact]
    public void A_model_says_whether_it_follows_instructions()
    {
        var config = ModelConfig.FromJson(With("""{"diffusion":{"follows_instructions":true}}"""));

        Assert.True(config.Diffusion.FollowsInstructions);
        Assert.True(ModelConfig.FromJson(config.ToJson()).Diffusion.FollowsInstructions);
        Assert.Null(ModelConfig.FromJson(Sound).Diffusion.FollowsInstructions);
    }

    [Fact]
    public void The_languages_are_read_and_none_means_any()
    {
        var config = ModelConfig.FromJson(With("""{"diffusion":{"languages":["python","csharp"]}}"""));

        Assert.Equal(["python", "csharp"], config.Languages);
        Assert.Equal(["python", "csharp"], ModelConfig.FromJson(config.ToJson()).Languages);
        Assert.Empty(ModelConfig.FromJson(Sound).Languages);
        Assert.Empty(ModelConfig.FromJson(With("""{"diffusion":{"languages":null}}""")).Languages);
    }

    /// <summary>Changes to the sound config, the field the message must name, and a part of what it says.</summary>
    public static TheoryData<string, string, string> Refused { get; } = new()
    {
        { """{"model_type":null}""", "model_type", "missing" },
        { """{"model_type":3}""", "model_type", "not text" },
        { """{"model_type":"llama"}""", "model_type", "'llama' is not supported; supported are" },
        { """{"model_type":"\ud800"}""", "model_type", "Unicode" },
        { """{"model_type":"qwen2","mask_token_id":null}""", "mask_token_id", "no masked-diffusion model" },
        { """{"mask_token_id":320}""", "mask_token_id", "from 0 to 319" },
        { """{"mask_token_id":-1}""", "mask_token_id", "from 0 to 319" },
        { """{"mask_token_id":"310"}""", "mask_token_id", "whole number" },
        { """{"expand_token_id":310}""", "expand_token_id", "the mask token itself" },
        { """{"delete_token_id":310}""", "delete_token_id", "itself" },
        { """{"expand_token_id":311,"delete_token_id":311}""", "delete_token_id", "itself" },
        { """{"expand_token_id":400}""", "expand_token_id", "from 0 to 319" },
        { """{"eos_token_id":[]}""", "eos_token_id", "whole number" },
        { """{"vocab_size":null}""", "vocab_size", "missing" },
        { """{"vocab_size":10000001}""", "vocab_size", "from 1 to 10000000" },
        { """{"vocab_size":0}""", "vocab_size", "from 1" },
        { """{"vocab_size":320.5}""", "vocab_size", "whole number" },
        { """{"hidden_size":-64}""", "hidden_size", "whole number from 1" },
        { """{"hidden_size":99999999999999999999}""", "hidden_size", "whole number from 1" },
        { """{"hidden_size":66,"head_dim":null}""", "hidden_size", "do not divide" },
        { """{"hidden_size":68,"head_dim":null}""", "head_dim", "is 17, not an even number" },
        { """{"head_dim":31}""", "head_dim", "even" },
        { """{"head_dim":0}""", "head_dim", "from 2" },
        { """{"intermediate_size":[160]}""", "intermediate_size", "whole number" },
        { """{"num_hidden_layers":1001}""", "num_hidden_layers", "from 1 to 1000" },
        { """{"num_attention_heads":0}""", "num_attention_heads", "from 1" },
        { """{"num_key_value_heads":3}""", "num_key_value_heads", "does not divide" },
        { """{"num_key_value_heads":8}""", "num_key_value_heads", "does not divide" },
        { """{"rms_norm_eps":-1}""", "rms_norm_eps", "number from 0 to 1" },
        { """{"rms_norm_eps":"1e-6"}""", "rms_norm_eps", "not a number" },
        { """{"rope_theta":1e999}""", "rope_theta", "number from" },
        { """{"rope_scaling":{"rope_type":"yarn","factor":4}}""", "rope_scaling", "'yarn' is not supported" },
        { """{"rope_scaling":"yarn"}""", "rope_scaling", "not an object" },
        { """{"rope_parameters":{"rope_theta":"x"}}""", "rope_parameters.rope_theta", "not a number" },
        { """{"max_position_embeddings":null}""", "max_position_embeddings", "missing" },
        { """{"tie_word_embeddings":"yes"}""", "tie_word_embeddings", "not true or false" },
        { """{"hidden_act":"gelu"}""", "hidden_act", "only 'silu'" },
        { """{"use_sliding_window":true}""", "use_sliding_window", "not supported" },
        { """{"attention_bias":true}""", "attention_bias", "not supported" },
        { """{"quantization_config":{}}""", "quantization_config", "quantised" },
        { """{"attention_pattern":"causal"}""", "attention_pattern", "known are bidirectional, context-causal" },
        { """{"architectures":"x"}""", "architectures", "not a list" },
        { """{"architectures":[1]}""", "architectures", "not text" },
        { """{"diffusion":[]}""", "diffusion", "not an object" },
        { """{"diffusion":{"initial_masks":0}}""", "diffusion.initial_masks", "from 1" },
        { """{"diffusion":{"confidence_threshold":1.5}}""", "diffusion.confidence_threshold", "from 0 to 1" },
        { """{"diffusion":{"languages":"python"}}""", "diffusion.languages", "not a list" },
        { """{"diffusion":{"languages":[1]}}""", "diffusion.languages", "not text" },
        { """{"diffusion":{"languages":[]}}""", "diffusion.languages", "leave it out" },
        { """{"diffusion":{"languages":["python"," "]}}""", "diffusion.languages", "empty name" },
        { """{"diffusion":{"languages":["python","csharp","python"]}}""", "diffusion.languages", "names 'python' twice" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_wrong_field_is_refused_by_file_and_field(string changes, string field, string problem)
    {
        var refusal = Assert.Throws<CheckpointException>(() => ModelConfig.FromJson(With(changes), "some/config.json"));

        Assert.StartsWith($"some/config.json: {field}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"model_type":"Dream","model_type":"qwen2"}""")]
    [InlineData("""{"\ud800":1}""")]
    public void What_is_no_object_is_refused(string json) =>
        Assert.StartsWith(
            "config.json: ",
            Assert.Throws<CheckpointException>(() => ModelConfig.FromJson(json)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_byte_order_mark_is_skipped_and_bytes_that_are_no_text_are_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("config.json");
        File.WriteAllText(path, Sound, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(310, ModelConfig.Load(folder.FullName).MaskTokenId);

        File.WriteAllBytes(path, [.. "{\"a"u8, 0xB9, .. "\":1}"u8]);
        Assert.Contains(
            "is not valid UTF-8",
            Assert.Throws<CheckpointException>(() => ModelConfig.Load(folder.FullName)).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(path, new byte[(1 << 20) + 1]);
        Assert.Contains(
            "more than the 1048576 allowed",
            Assert.Throws<CheckpointException>(() => ModelConfig.Load(folder.FullName)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_configs_are_read_or_refused()
    {
        byte[] whole = System.Text.Encoding.UTF8.GetBytes(Sound);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                byte[] json = whole.ToArray();
                foreach (var (position, value) in changes)
                {
                    json[position] = value;
                }

                try
                {
                    ModelConfig.FromJson(System.Text.Encoding.UTF8.GetString(json));
                }
                catch (CheckpointException e)
                {
                    Assert.DoesNotContain('\n', e.Message);
                }
            },
            iter: 5_000,
            threads: 1);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"model_type":"Dream","eos_token_id":5,"expand_token_id":6,"tie_word_embeddings":false}""")]
    [InlineData("""{"attention_pattern":"context-causal","delete_token_id":7,"diffusion":{"unmask_order":"x","confidence_threshold":0.5}}""")]
    public void A_saved_config_reads_as_the_same(string changes)
    {
        using var folder = new TemporaryFolder();
        var config = ModelConfig.FromJson(With(changes));

        config.Save(folder.FullName);
        var read = ModelConfig.Load(folder.FullName);

        Assert.Equal(config with { Architectures = [] }, read with { Architectures = [] });
        Assert.Equal(config.Architectures, read.Architectures);
    }

    [Fact]
    public void A_config_that_would_not_open_is_not_saved()
    {
        using var folder = new TemporaryFolder();
        var config = ModelConfig.FromJson(Sound) with { MaskTokenId = 5_000 };

        Assert.Throws<CheckpointException>(() => config.Save(folder.FullName));
        Assert.Empty(Directory.EnumerateFiles(folder.FullName));
    }

    [Theory]
    [InlineData("added_tokens.json", """{"<M>": 311}""", 311)]
    [InlineData("tokenizer.json", """{"added_tokens":[{"id":5,"content":"<|mask|>"}],"model":{}}""", 5)]
    public void A_mask_that_only_the_tokenizer_names_is_found(string file, string content, int expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.PathOf("config.json"), With("""{"mask_token_id":null}"""));
        File.WriteAllText(folder.PathOf(file), content);

        Assert.Equal(expected, ModelConfig.Load(folder.FullName).MaskTokenId);
    }

    [Theory]
    [InlineData("\"<noise>\"", 9)]
    [InlineData("""{"content":"<noise>","special":true}""", 9)]
    [InlineData("null", 8)]
    public void The_tokenizers_own_name_for_the_mask_comes_first(string name, int expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.PathOf("config.json"), With("""{"mask_token_id":null}"""));
        File.WriteAllText(folder.PathOf("tokenizer_config.json"), $$"""{"mask_token":{{name}}}""");
        File.WriteAllText(
            folder.PathOf("tokenizer.json"),
            """{"added_tokens":[{"id":8,"content":"<|mask|>"},{"id":9,"content":"<noise>"}]}""");

        Assert.Equal(expected, ModelConfig.Load(folder.FullName).MaskTokenId);
    }

    private static string With(string changes) => Changed(Sound, changes);

    /// <summary>A config with some members changed.</summary>
    internal static string Changed(string config, string changes)
    {
        // Text, not nodes: some changes are not valid Unicode, and only a reader of bytes would keep them.
        var sound = JsonNode.Parse(config)!.AsObject();
        using var changed = System.Text.Json.JsonDocument.Parse(changes);
        var members = sound.ToDictionary(m => m.Key, m => m.Value!.ToJsonString());
        foreach (var change in changed.RootElement.EnumerateObject())
        {
            members[change.Name] = change.Value.GetRawText();
        }

        return "{" + string.Join(",", members.Select(m => $"\"{m.Key}\":{m.Value}")) + "}";
    }
}
