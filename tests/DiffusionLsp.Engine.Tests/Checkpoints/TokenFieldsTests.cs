using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Prompting;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>Which tokens have a part to play: by the checkpoint's own files, never by its family.</summary>
public sealed class TokenFieldsTests : IDisposable
{
    private const string Dream =
        """
        {
          "model_type": "Dream", "architectures": ["DreamModel"], "vocab_size": 152064, "hidden_size": 64,
          "intermediate_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
          "max_position_embeddings": 131072, "bos_token_id": 151643, "eos_token_id": 151643, "pad_token_id": 151643,
          "mask_token_id": 151666
        }
        """;

    private const string DreamTokens =
        """{"<|endoftext|>": 151643, "<|beginoftext|>": 151665, "<|mask|>": 151666}""";

    private const string DreamSettings =
        """{"bos_token": "<|beginoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "mask_token": "<|mask|>"}""";

    private const string Qwen =
        """
        {
          "model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "vocab_size": 151936, "hidden_size": 64,
          "intermediate_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
          "max_position_embeddings": 32768, "tie_word_embeddings": true, "bos_token_id": 151643, "eos_token_id": 151643
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>One id, two meanings: the mask of Open-dCoder begins a text in Dream.</summary>
    [Fact]
    public void The_same_id_is_the_mask_of_one_model_and_begins_a_text_in_another()
    {
        var dream = Load(Dream, ("added_tokens.json", DreamTokens), ("tokenizer_config.json", DreamSettings));
        File.Delete(_folder.PathOf("tokenizer_config.json"));
        var coder = Load(Qwen, ("added_tokens.json", """{"<|endoftext|>": 151643, "<M>": 151665}"""));

        Assert.Equal((151_665, 151_666), (dream.BosTokenId, dream.MaskTokenId));
        Assert.Equal((151_643, 151_665), (coder.BosTokenId, coder.MaskTokenId));
    }

    /// <summary>Dream's config calls the end of a text its beginning as well; what begins one stands in the tokenizer's files.</summary>
    [Fact]
    public void Dream_begins_with_its_tokenizers_token_and_ends_with_the_end()
    {
        var config = Load(Dream, ("added_tokens.json", DreamTokens), ("tokenizer_config.json", DreamSettings));
        var layout = PromptLayout.For(config);

        Assert.Equal((151_665, 151_643, 151_643), (config.BosTokenId, config.EosTokenId, config.PadTokenId));
        Assert.Equal((151_665, 151_643), (layout.Start, layout.End));
        Assert.Null(config.DeleteTokenId);
    }

    [Fact]
    public void DreamOn_deletes_with_the_token_that_ends_a_text()
    {
        var config = Load(
            ModelConfigTests.Changed(Dream, """{"expand_token_id": 151667}"""),
            ("added_tokens.json", DreamTokens), ("tokenizer_config.json", DreamSettings));

        Assert.Equal((151_667, 151_643, 151_643), (config.ExpandTokenId, config.DeleteTokenId, config.EosTokenId));
    }

    /// <summary>The config's own words on deletion count more than what the tokenizer calls the end of an answer.</summary>
    [Fact]
    public void What_deletes_is_what_the_config_calls_the_end()
    {
        var config = Load(
            ModelConfigTests.Changed(Dream, """{"expand_token_id": 151667}"""),
            ("added_tokens.json", """{"<|endoftext|>": 151643, "<|im_end|>": 151645}"""),
            ("tokenizer_config.json", """{"eos_token": "<|im_end|>"}"""));

        Assert.Equal((151_643, 151_645), (config.DeleteTokenId, config.EosTokenId));
    }

    [Fact]
    public void An_expand_token_that_the_config_does_not_name_is_the_tokenizers()
    {
        const string Tokens = """{"<|endoftext|>": 151643, "<|mask|>": 151666, "<|expand|>": 151667}""";

        Assert.Equal(151_667, Load(Dream, ("added_tokens.json", Tokens)).ExpandTokenId);
        Assert.Null(Load(ModelConfigTests.Changed(Dream, """{"expand_token_id": null}"""), ("added_tokens.json", Tokens)).ExpandTokenId);
    }

    [Fact]
    public void A_field_that_is_null_says_that_there_is_no_such_token()
    {
        var config = Load(
            ModelConfigTests.Changed(Dream, """{"bos_token_id": null, "eos_token_id": null}"""),
            ("added_tokens.json", DreamTokens), ("tokenizer_config.json", DreamSettings), ("generation_config.json", """{"bos_token_id": 7}"""));

        Assert.Null(config.BosTokenId);
        Assert.Null(config.EosTokenId);
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"mask_token": "<noise>", "added_tokens_decoder": {"9": {"content": "<noise>"}}}""", 9)]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"126336": {"content": "<|mdm_mask|>"}}}""", 126_336)]
    [InlineData("added_tokens.json", """{"<M>": 151665}""", 151_665)]
    [InlineData("tokenizer.json", """{"added_tokens": [{"id": 151665, "content": "<|mask|>"}]}""", 151_665)]
    public void The_mask_may_stand_in_any_of_the_tokenizers_files(string file, string content, int mask) =>
        Assert.Equal(mask, Load(Qwen, (file, content)).MaskTokenId);

    [Fact]
    public void What_no_other_file_says_the_generation_config_may()
    {
        var config = Load(
            """
            {
              "model_type": "a2d-qwen3", "vocab_size": 320, "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 2,
              "num_attention_heads": 4, "max_position_embeddings": 2048, "mask_token_id": 310
            }
            """,
            ("generation_config.json", """{"bos_token_id": 300, "eos_token_id": [301, 302]}"""));

        Assert.Equal((300, 301, null), (config.BosTokenId, config.EosTokenId, config.PadTokenId));
    }

    /// <summary>A causal model looks like a diffusion model in all but this: its vocabulary has no mask.</summary>
    [Fact]
    public void A_causal_model_is_refused_with_what_is_supported()
    {
        string message = Assert.Throws<CheckpointException>(() => Load(
            Qwen,
            ("tokenizer.json", """{"added_tokens": [{"id": 151643, "content": "<|endoftext|>"}, {"id": 151644, "content": "<|im_start|>"}]}"""),
            ("tokenizer_config.json", """{"eos_token": "<|endoftext|>"}"""))).Message;

        Assert.Contains("mask_token_id: is missing and the tokenizer's files name no mask token, so this is no masked-diffusion model", message, StringComparison.Ordinal);
        Assert.Contains("supported are masked-diffusion models of the types Dream, qwen2, a2d-qwen2, a2d-qwen3, llada", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void An_id_beyond_the_vocabulary_is_refused() =>
        Assert.Contains(
            "mask_token_id: is 151936 by the tokenizer's files, outside the 151936 tokens",
            Assert.Throws<CheckpointException>(() => Load(Qwen, ("added_tokens.json", """{"<M>": 151936}"""))).Message,
            StringComparison.Ordinal);

    private ModelConfig Load(string config, params (string Name, string Content)[] files)
    {
        File.WriteAllText(_folder.PathOf("config.json"), config);
        foreach (var (name, content) in files)
        {
            File.WriteAllText(_folder.PathOf(name), content);
        }

        return ModelConfig.Load(_folder.FullName);
    }
}
