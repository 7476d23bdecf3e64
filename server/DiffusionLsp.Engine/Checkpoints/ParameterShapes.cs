namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// The names and shapes of the weights that a config asks for, as its checkpoint calls them. A checkpoint can be checked against it without building a network.
/// </summary>
internal static class ParameterShapes
{
    /// <summary>The parameters in the order of the network; the head is absent where it is tied.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(ModelConfig config) =>
        OfNetwork(config).Select(parameter => (config.TensorName(parameter.Name), parameter.Shape));

    private static IEnumerable<(string Name, long[] Shape)> OfNetwork(ModelConfig config)
    {
        yield return (Checkpoint.EmbeddingName, [config.VocabSize, config.HiddenSize]);
        if (config.PreviousTokenGain)
        {
            yield return ("model.previous_token_gain", [config.HiddenSize]);
        }

        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach (var (name, shape) in OfLayer(config))
            {
                yield return ($"model.layers.{layer}.{name}", shape);
            }
        }

        yield return ("model.norm.weight", [config.HiddenSize]);
        if (!config.TieWordEmbeddings)
        {
            yield return (Checkpoint.HeadName, [config.VocabSize, config.HiddenSize]);
        }

        if (config.CopyHeadDim is { } copying)
        {
            yield return ("copy_head.q_proj.weight", [copying, config.HiddenSize]);
            yield return ("copy_head.k_proj.weight", [copying, config.HiddenSize]);
            yield return ("copy_head.gate.weight", [1, config.HiddenSize]);
            yield return ("copy_head.gate.bias", [1]);
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> OfLayer(ModelConfig config)
    {
        long hidden = config.HiddenSize;
        long inner = config.IntermediateSize;
        long queries = (long)config.NumAttentionHeads * config.HeadDim;
        long keys = (long)config.NumKeyValueHeads * config.HeadDim;

        yield return ("input_layernorm.weight", [hidden]);
        foreach (var (name, width) in new[] { ("q_proj", queries), ("k_proj", keys), ("v_proj", keys) })
        {
            yield return ($"self_attn.{name}.weight", [width, hidden]);
            if (config.QkvBias)
            {
                yield return ($"self_attn.{name}.bias", [width]);
            }
        }

        if (config.QkNorm)
        {
            yield return ("self_attn.q_norm.weight", [config.HeadDim]);
            yield return ("self_attn.k_norm.weight", [config.HeadDim]);
        }

        yield return ("self_attn.o_proj.weight", [hidden, queries]);
        yield return ("post_attention_layernorm.weight", [hidden]);
        yield return ("mlp.gate_proj.weight", [inner, hidden]);
        yield return ("mlp.up_proj.weight", [inner, hidden]);
        yield return ("mlp.down_proj.weight", [hidden, inner]);
    }
}
