using System.Text;
using System.Text.Json.Nodes;
using DiffusionLsp.Engine.Denoising.SpanLength;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>What a span sees of the canvas and the canvas of a span.</summary>
internal enum AttentionPattern
{
    /// <summary>Every position sees every other.</summary>
    Bidirectional,

    /// <summary>
    /// The context does not see the span: the prefix is causal, the suffix sees itself, the span sees all. Keys and
    /// values of the context then outlive a keystroke.
    /// </summary>
    ContextCausal,

    /// <summary>
    /// No diffusion: the canvas is read as prefix, suffix, middle, and written one token after the other. What masked
    /// diffusion is measured against.
    /// </summary>
    LeftToRight,
}

/// <summary>What a model recommends for its own denoising; null where it leaves the choice to the engine.</summary>
internal sealed record DiffusionSettings
{
    /// <summary>The number of masks that a canvas starts with.</summary>
    public int? InitialMasks { get; init; }

    /// <summary>The longest middle, in tokens.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>
    /// The tokens of context kept for the beginning of a file whose middle the window leaves out: imports and licences tell
    /// what a file is about. Null or 0 where the model was not trained that way.
    /// </summary>
    public int? HeaderTokens { get; init; }

    /// <summary>Whether a middle always holds more than blanks, since the model was trained on no span of blanks alone.</summary>
    public bool? NeverBlank { get; init; }

    /// <summary>
    /// Whether a gap between two lines takes whole lines: the line break that ends them is then given to the model as the
    /// suffix's, and only the text of the lines is asked for.
    /// </summary>
    public bool? WholeLineGaps { get; init; }

    /// <summary>Commit every masked token whose confidence is at least this.</summary>
    public double? ConfidenceThreshold { get; init; }

    /// <summary>How many tokens a step commits; goes before <see cref="ConfidenceThreshold"/>.</summary>
    public string? CommitRule { get; init; }

    /// <summary>How likely all of a middle must be to be worth showing to somebody who did not ask.</summary>
    public double? ConfidenceFloor { get; init; }

    /// <summary>Whether the model was trained to do what a comment says.</summary>
    public bool? FollowsInstructions { get; init; }

    /// <summary>
    /// How much a draft copied from an earlier line is believed where it agrees fully, in nats; null or 0: no drafts.
    /// </summary>
    public double? DraftLogOdds { get; init; }

    /// <summary>How long a middle becomes where the model can neither expand nor delete.</summary>
    public SpanLengthSearch? SpanLength { get; init; }

    /// <summary>How sure the model is of masks for their number alone (<c>length_bias</c>: a, b, c, d, e).</summary>
    public LengthBias? LengthBias { get; init; }

    /// <summary>The name of the order in which masks are committed.</summary>
    public string? UnmaskOrder { get; init; }
}

/// <summary>
/// A model's shape and ids: config.json in Hugging Face names, what its family implies filled in, and everything
/// checked, so that nobody after it needs to. Fields of our own (<c>logit_shift</c>, <c>attention_pattern</c>,
/// <c>delete_token_id</c>, <c>diffusion</c>) override the family. It knows no tensors.
/// </summary>
internal sealed record ModelConfig
{
    /// <summary>The name of the file in a checkpoint's folder.</summary>
    public const string FileName = "config.json";

    /// <summary>The kind of model, e.g. <c>Dream</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>The class names that the config gives; informative only.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary>V: rows of the embedding.</summary>
    public required int VocabSize { get; init; }

    /// <summary>C: the width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The width of the gated feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The number of blocks.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>H: query heads.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>K: key/value heads; divides <see cref="NumAttentionHeads"/>.</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>D: the width of one head; even.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Added to the mean square in every RMS norm.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>The base of the rotary position embedding.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>The longest canvas, in tokens.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>Whether the output head is the embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Whether the query, key and value projections have a bias.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Whether queries and keys are normalised per head.</summary>
    public bool QkNorm { get; init; }

    /// <summary>Whether the logits at a position predict the next one.</summary>
    public bool LogitShift { get; init; }

    /// <summary>
    /// Whether every position also reads the embedding of the token before it, with a learnt gain for each channel.
    /// </summary>
    public bool PreviousTokenGain { get; init; }

    /// <summary>The width of the copying head's queries and keys; null where the model has no such head.</summary>
    public int? CopyHeadDim { get; init; }

    /// <summary>Who sees whom.</summary>
    public AttentionPattern AttentionPattern { get; init; }

    /// <summary>The id that stands for noise.</summary>
    public required int MaskTokenId { get; init; }

    /// <summary>The id that stands for "two masks here"; null where the model knows none.</summary>
    public int? ExpandTokenId { get; init; }

    /// <summary>The id that stands for "nothing here"; null where the model knows none.</summary>
    public int? DeleteTokenId { get; init; }

    /// <summary>The id that begins a text; null where the model knows none.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>The id that ends a text; null where the model knows none.</summary>
    public int? EosTokenId { get; init; }

    /// <summary>The id that pads a batch; null where the model knows none.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Whether the token that begins a text stands before the prefix.</summary>
    public bool BosBeforePrefix { get; init; }

    /// <summary>Whether the token that ends a text stands behind the suffix.</summary>
    public bool EosAfterSuffix { get; init; }

    /// <summary>What the model recommends for its own denoising.</summary>
    public DiffusionSettings Diffusion { get; init; } = new();

    /// <summary>The languages that the model was trained on (<c>diffusion.languages</c>); empty: any.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>What the model's checkpoint calls a tensor of the network.</summary>
    public string TensorName(string tensor) => Layout.TensorName(tensor);

    private CheckpointLayout Layout => ModelFamily.Find(ModelType)!.Layout;

    /// <summary>Reads a folder's config.json; tokens that only the tokenizer's files know are looked up there.</summary>
    /// <exception cref="CheckpointException">The file is missing, wrong, or of a model that is not supported.</exception>
    public static ModelConfig Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using var json = CheckpointJson.Read(path, ModelConfigReader.LongestFile);
        return ModelConfigReader.Read(path, json.RootElement, new SpecialTokenFiles(folder));
    }

    /// <summary>Reads a config from text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="path">What messages call the file.</param>
    public static ModelConfig FromJson(string json, string path = FileName)
    {
        using var document = CheckpointJson.Parse(path, Encoding.UTF8.GetBytes(json));
        return ModelConfigReader.Read(path, document.RootElement, files: null);
    }

    /// <summary>The config as config.json holds it: the family's names, our own fields among them.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["architectures"] = ArrayOf(Architectures),
            ["model_type"] = ModelType,
            ["vocab_size"] = VocabSize,
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = NumHiddenLayers,
            ["num_attention_heads"] = NumAttentionHeads,
            ["num_key_value_heads"] = NumKeyValueHeads,
            ["head_dim"] = HeadDim,
            ["hidden_act"] = ModelConfigReader.Activation,
            ["rms_norm_eps"] = RmsNormEps,
            ["rope_theta"] = RopeTheta,
            ["max_position_embeddings"] = MaxPositionEmbeddings,
            ["tie_word_embeddings"] = TieWordEmbeddings,
            ["qkv_bias"] = QkvBias,
            ["qk_norm"] = QkNorm,
            ["logit_shift"] = LogitShift,
            ["previous_token_gain"] = PreviousTokenGain,
            ["copy_head_dim"] = CopyHeadDim,
            ["attention_pattern"] = ModelConfigReader.NameOf(AttentionPattern),
            ["mask_token_id"] = MaskTokenId,
            ["expand_token_id"] = ExpandTokenId,
            ["delete_token_id"] = DeleteTokenId,
            ["bos_token_id"] = BosTokenId,
            ["eos_token_id"] = EosTokenId,
            ["pad_token_id"] = PadTokenId,
            ["diffusion"] = new JsonObject
            {
                ["initial_masks"] = Diffusion.InitialMasks,
                ["max_new_tokens"] = Diffusion.MaxNewTokens,
                ["header_tokens"] = Diffusion.HeaderTokens,
                ["never_blank"] = Diffusion.NeverBlank,
                ["whole_line_gaps"] = Diffusion.WholeLineGaps,
                ["confidence_threshold"] = Diffusion.ConfidenceThreshold,
                ["commit_rule"] = Diffusion.CommitRule,
                ["confidence_floor"] = Diffusion.ConfidenceFloor,
                ["follows_instructions"] = Diffusion.FollowsInstructions,
                ["draft_log_odds"] = Diffusion.DraftLogOdds,
                ["unmask_order"] = Diffusion.UnmaskOrder,
                ["span_length"] = Diffusion.SpanLength?.Name(),
                ["length_bias"] = Diffusion.LengthBias is { } bias ? new JsonArray(bias.A, bias.B, bias.C, bias.D, bias.E) : null,
                ["languages"] = Languages.Count == 0 ? null : ArrayOf(Languages),
            },
        };
        return Renamed(json).ToJsonString(ModelConfigReader.Written) + "\n";
    }

    /// <summary>Checks the config as reading does, and writes it as the folder's config.json.</summary>
    public void Save(string folder)
    {
        string path = Path.Combine(folder, FileName);
        string json = ToJson();
        FromJson(json, path);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(json)));
    }

    private JsonObject Renamed(JsonObject fields)
    {
        var renamed = new JsonObject(fields.Select(field => KeyValuePair.Create(Layout.FieldName(field.Key), field.Value?.DeepClone())));
        if (Layout == LladaLayout.Names)
        {
            renamed["rope"] = true;
            foreach (var (name, kind) in LladaLayout.Kinds)
            {
                renamed[name] = kind;
            }
        }

        return renamed;
    }

    private static JsonArray ArrayOf(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
