using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>Which tokens a family of models expects around the text.</summary>
internal sealed record PromptLayout
{
    // The config.json of these models names the end token as the first one, too; the tokenizer knows the true one.
    private const string DreamStart = "<|beginoftext|>";

    /// <summary>The token before the prefix; null where the model was trained without.</summary>
    public int? Start { get; init; }

    /// <summary>The token after the suffix; null where the model was trained without.</summary>
    public int? End { get; init; }

    /// <summary>
    /// The token that stands for nothing in front of the gap, where the model predicts every token from the one
    /// before it; null where an empty prefix needs none or there is none.
    /// </summary>
    public int? EmptyPrefix { get; init; }

    /// <summary>
    /// The layout of a model: <c>[start] prefix span suffix [end]</c> for Dream and DreamOn
    /// (DreamLM/DreamOn:demo/quickstart.py), nothing but text for the others
    /// (pengzhangzhi/Open-dLLM:eval/eval_infill).
    /// </summary>
    /// <param name="config">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public static PromptLayout For(ModelConfig config, CodeTokenizer tokenizer)
    {
        bool isDream = config.ModelType == "Dream";
        return new PromptLayout
        {
            Start = isDream ? tokenizer.TokenId(DreamStart) ?? config.BosTokenId : null,
            End = isDream ? config.EosTokenId : null,
            EmptyPrefix = config.LogitShift ? config.BosTokenId ?? config.EosTokenId ?? config.PadTokenId : null,
        };
    }
}
