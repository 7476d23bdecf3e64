namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// What a <c>model_type</c> implies and its config.json does not say. All families are one network (pre-norm blocks,
/// grouped-query attention, RoPE, gated SiLU); what is another one is refused here.
/// </summary>
/// <param name="ModelType">The config's <c>model_type</c>.</param>
/// <param name="QkvBias">Whether the query, key and value projections have a bias.</param>
/// <param name="QkNorm">Whether queries and keys are normalised per head.</param>
/// <param name="LogitShift">Whether the logits at a position predict the next one.</param>
internal sealed record ModelFamily(string ModelType, bool QkvBias, bool QkNorm, bool LogitShift)
{
    // Dream, DreamOn and DiffuCoder: DreamLM/DreamOn and ZHZisZZ/dllm:dllm/pipelines/dream. Open-dCoder keeps the
    // stock Qwen2 type: pengzhangzhi/Open-dLLM. The a2d types: ZHZisZZ/dllm:dllm/pipelines/a2d.
    private static readonly ModelFamily[] s_supported =
    [
        new("Dream", QkvBias: true, QkNorm: false, LogitShift: true) { MarksEnds = true },
        new("qwen2", QkvBias: true, QkNorm: false, LogitShift: true),
        new("a2d-qwen2", QkvBias: true, QkNorm: false, LogitShift: false),
        new("a2d-qwen3", QkvBias: false, QkNorm: true, LogitShift: false),
        new("llada", QkvBias: false, QkNorm: false, LogitShift: false) { Layout = LladaLayout.Names, RmsNormEps = 1e-5 },
    ];

    /// <summary>The names that its checkpoints use.</summary>
    public CheckpointLayout Layout { get; private init; } = CheckpointLayout.Qwen;

    /// <summary>
    /// Whether a text stands between the tokens that begin and end one, as for Dream and DreamOn
    /// (DreamLM/DreamOn:demo/quickstart.py); the others read nothing but text (pengzhangzhi/Open-dLLM:eval/eval_infill).
    /// </summary>
    public bool MarksEnds { get; private init; }

    /// <summary>What is added to the mean square in a norm where the config does not say.</summary>
    public double RmsNormEps { get; private init; } = 1e-6;

    /// <summary>The supported values of <c>model_type</c>, for messages.</summary>
    public static string Supported { get; } =
        "supported are masked-diffusion models of the types " + string.Join(", ", s_supported.Select(f => f.ModelType));

    /// <summary>The family of a <c>model_type</c>; null where it is not supported.</summary>
    public static ModelFamily? Find(string modelType) =>
        Array.Find(s_supported, family => family.ModelType == modelType);
}
