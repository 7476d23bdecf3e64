using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine;

/// <summary>What of a model's shape decides how much memory it takes; known before its weights are loaded.</summary>
public sealed record ModelShape
{
    /// <summary>The number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>The width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The width of the gated feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>The width of a layer's keys, all heads together; its values are as wide.</summary>
    public required int KeyWidth { get; init; }

    /// <summary>Rows of the embedding.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The longest canvas that will be asked for, in tokens.</summary>
    public required int Context { get; init; }

    /// <summary>The shape that a config asks for.</summary>
    /// <param name="config">The config.</param>
    /// <param name="contextTokens">The most tokens of a canvas, although the model could read more.</param>
    internal static ModelShape Of(ModelConfig config, int contextTokens) => new()
    {
        Parameters = ParameterShapes.Of(config).Sum(tensor => tensor.Shape.Aggregate(1L, (count, size) => count * size)),
        Layers = config.NumHiddenLayers,
        HiddenSize = config.HiddenSize,
        IntermediateSize = config.IntermediateSize,
        Heads = config.NumAttentionHeads,
        KeyWidth = config.NumKeyValueHeads * config.HeadDim,
        Vocabulary = config.VocabSize,
        Context = Math.Min(config.MaxPositionEmbeddings, contextTokens),
    };
}
