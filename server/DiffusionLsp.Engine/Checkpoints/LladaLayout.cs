using System.Collections.Frozen;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// LLaDA-8B: the Qwen2 network without biases and with as many key/value heads as query heads, under the names of OLMo,
/// from whose code it was made (ML-GSAI/LLaDA; ZHZisZZ/dllm:dllm/pipelines/llada/models/modeling_llada.py). OLMo's config
/// can ask for much that LLaDA does not use; whatever would change what the network computes is refused.
/// </summary>
internal static class LladaLayout
{
    /// <summary>OLMo's names.</summary>
    public static CheckpointLayout Names { get; } = new(
        "model.transformer.blocks.",
        new Dictionary<string, string>
        {
            ["model.embed_tokens"] = "model.transformer.wte",
            ["model.norm"] = "model.transformer.ln_f",
            ["lm_head"] = "model.transformer.ff_out",
            ["input_layernorm"] = "attn_norm",
            ["self_attn.q_proj"] = "q_proj",
            ["self_attn.k_proj"] = "k_proj",
            ["self_attn.v_proj"] = "v_proj",
            ["self_attn.o_proj"] = "attn_out",
            ["post_attention_layernorm"] = "ff_norm",
            ["mlp.gate_proj"] = "ff_proj",
            ["mlp.up_proj"] = "up_proj",
            ["mlp.down_proj"] = "ff_out",
        }.ToFrozenDictionary(),
        new Dictionary<string, string>
        {
            // OLMo pads its tables: embedding_size counts their rows, vocab_size those that stand for tokens.
            ["vocab_size"] = "embedding_size",
            ["hidden_size"] = "d_model",
            ["intermediate_size"] = "mlp_hidden_size",
            ["num_hidden_layers"] = "n_layers",
            ["num_attention_heads"] = "n_heads",
            ["num_key_value_heads"] = "n_kv_heads",
            ["hidden_act"] = "activation_type",
            ["max_position_embeddings"] = "max_sequence_length",
            ["tie_word_embeddings"] = "weight_tying",
            ["qkv_bias"] = "include_qkv_bias",
        }.ToFrozenDictionary());

    /// <summary>What a config must say, since OLMo's defaults are others.</summary>
    public static IReadOnlyDictionary<string, string> Kinds { get; } = new Dictionary<string, string>
    {
        ["activation_type"] = ModelConfigReader.Activation,
        ["block_type"] = "llama",
        ["layer_norm_type"] = "rms",
    }.ToFrozenDictionary();

    private static readonly string[] s_unsupported =
        ["alibi", "attention_layer_norm", "bias_for_layer_norm", "include_bias", "input_emb_norm", "multi_query_attention", "scale_logits"];

    /// <summary>Refuses a config of another network.</summary>
    public static void RequireSupported(ConfigFields fields)
    {
        // LLaDA-MoE's and iLLaDA's checkpoints give the same model_type and Hugging Face's names of fields.
        if (fields.OptionalText("block_type") is null)
        {
            throw fields.Fault(
                "model_type", $"'llada' without a block_type is not LLaDA-8B's layout, and no other is known; {ModelFamily.Supported}.");
        }

        foreach (var (name, kind) in Kinds)
        {
            if (fields.Text(name) is var given && given != kind)
            {
                throw fields.Fault(name, $"'{CheckpointFault.Shown(given)}' is not supported, only '{kind}' is.");
            }
        }

        if (fields.OptionalBool("rope") != true)
        {
            throw fields.Fault("rope", "is not true: only rotary positions are supported.");
        }

        foreach (string name in s_unsupported)
        {
            if (fields.OptionalBool(name) == true)
            {
                throw fields.Fault(name, "is true, which is not supported.");
            }
        }

        if (fields.OptionalBool("layer_norm_with_affine") == false)
        {
            throw fields.Fault("layer_norm_with_affine", "is false: norms without weights are not supported.");
        }

        if (fields.OptionalInt("block_group_size", 1, int.MaxValue) > 1)
        {
            throw fields.Fault("block_group_size", "is more than 1: grouped blocks are not supported.");
        }
    }
}
