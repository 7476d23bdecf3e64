using System.Text.Json;
using DiffusionLsp.Engine.Denoising.SpanLength;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// Turns the JSON of config.json into a <see cref="ModelConfig"/>: types, ranges, what the family implies, and a
/// refusal of everything that would make the network compute something other than the model's author meant.
/// </summary>
internal static class ModelConfigReader
{
    /// <summary>The most bytes of a config.json.</summary>
    public const int LongestFile = 1 << 20;

    /// <summary>The one supported activation.</summary>
    public const string Activation = "silu";

    // Far above every published model, and low enough that no product of them overflows.
    private const int MostTokens = 10_000_000;
    private const int Widest = 1 << 20;
    private const int MostLayers = 1_000;
    private const int MostHeads = 4_096;
    private const int WidestHead = 4_096;
    private const int LongestCanvas = 1 << 24;
    private const int LongestSpan = 1 << 16;

    /// <summary>How config.json is written.</summary>
    public static JsonSerializerOptions Written { get; } = new() { WriteIndented = true };

    /// <summary>What config.json calls a pattern.</summary>
    public static string NameOf(AttentionPattern pattern) => pattern switch
    {
        AttentionPattern.Bidirectional => "bidirectional",
        AttentionPattern.ContextCausal => "context-causal",
        AttentionPattern.LeftToRight => "left-to-right",
        _ => throw new ArgumentOutOfRangeException(nameof(pattern)),
    };

    /// <summary>Reads and checks a config.</summary>
    /// <param name="path">The file's path, for messages.</param>
    /// <param name="root">Its JSON.</param>
    /// <param name="files">The files beside it; null where there are none.</param>
    public static ModelConfig Read(string path, JsonElement root, SpecialTokenFiles? files)
    {
        var plain = ConfigFields.Of(path, root);
        var family = Family(plain);
        var fields = plain.Named(family.Layout);
        RefuseOtherArchitectures(fields, family);
        int vocabulary = fields.OptionalInt("vocab_size", 1, MostTokens) ?? plain.Int("vocab_size", 1, MostTokens);
        int hidden = fields.Int("hidden_size", 1, Widest);
        int heads = fields.Int("num_attention_heads", 1, MostHeads);
        int keyValueHeads = fields.OptionalInt("num_key_value_heads", 1, MostHeads) ?? heads;
        if (heads % keyValueHeads != 0)
        {
            throw fields.Fault("num_key_value_heads", $"is {keyValueHeads}, which does not divide the {heads} heads.");
        }

        var tokens = new TokenFields(fields, vocabulary, files);
        var config = new ModelConfig
        {
            ModelType = family.ModelType,
            Architectures = fields.Texts("architectures"),
            VocabSize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = fields.Int("intermediate_size", 1, Widest),
            NumHiddenLayers = fields.Int("num_hidden_layers", 1, MostLayers),
            NumAttentionHeads = heads,
            NumKeyValueHeads = keyValueHeads,
            HeadDim = HeadDim(fields, hidden, heads),
            RmsNormEps = fields.OptionalDouble("rms_norm_eps", 0, 1) ?? family.RmsNormEps,
            RopeTheta = RopeTheta(fields),
            MaxPositionEmbeddings = fields.Int("max_position_embeddings", 1, LongestCanvas),
            TieWordEmbeddings = fields.OptionalBool("tie_word_embeddings") ?? false,
            QkvBias = fields.OptionalBool("qkv_bias") ?? family.QkvBias,
            QkNorm = fields.OptionalBool("qk_norm") ?? family.QkNorm,
            LogitShift = fields.OptionalBool("logit_shift") ?? family.LogitShift,
            PreviousTokenGain = fields.OptionalBool("previous_token_gain") ?? false,
            CopyHeadDim = fields.OptionalInt("copy_head_dim", 1, WidestHead),
            AttentionPattern = Pattern(fields),
            MaskTokenId = tokens.Mask,
            ExpandTokenId = tokens.Expand,
            DeleteTokenId = tokens.Delete,
            BosTokenId = tokens.Of("bos"),
            EosTokenId = tokens.Of("eos"),
            PadTokenId = tokens.Of("pad"),
            BosBeforePrefix = family.MarksEnds,
            EosAfterSuffix = family.MarksEnds,
            Diffusion = Diffusion(fields),
            Languages = Languages(fields),
        };
        RequireDistinct(fields, config);
        return config;
    }

    private static ModelFamily Family(ConfigFields fields)
    {
        string modelType = fields.Text("model_type");
        return ModelFamily.Find(modelType) ?? throw fields.Fault(
            "model_type", $"'{CheckpointFault.Shown(modelType)}' is not supported; {ModelFamily.Supported}.");
    }

    private static void RefuseOtherArchitectures(ConfigFields fields, ModelFamily family)
    {
        if (family.Layout == LladaLayout.Names)
        {
            LladaLayout.RequireSupported(fields);
        }

        string activation = fields.OptionalText("hidden_act") ?? Activation;
        if (activation != Activation)
        {
            throw fields.Fault(
                "hidden_act", $"'{CheckpointFault.Shown(activation)}' is not supported, only '{Activation}' is.");
        }

        if (fields.OptionalBool("use_sliding_window") == true)
        {
            throw fields.Fault("use_sliding_window", "sliding-window attention is not supported.");
        }

        if (family.QkNorm && fields.OptionalBool("attention_bias") == true)
        {
            throw fields.Fault("attention_bias", "is true: biases in a Qwen3 attention are not supported.");
        }

        if (fields.Nested("quantization_config") is not null)
        {
            throw fields.Fault("quantization_config", "quantised checkpoints are not supported: use the original one.");
        }
    }

    private static int HeadDim(ConfigFields fields, int hidden, int heads)
    {
        int? given = fields.OptionalInt("head_dim", 2, WidestHead);
        if (given is null && hidden % heads != 0)
        {
            throw fields.Fault("hidden_size", $"is {hidden}, which the {heads} heads do not divide, and there is no head_dim.");
        }

        int width = given ?? hidden / heads;
        return width % 2 == 0 && width is >= 2 and <= WidestHead
            ? width
            : throw fields.Fault("head_dim", $"is {width}, not an even number from 2 to {WidestHead}.");
    }

    // Older configs have rope_theta and rope_scaling; newer ones (transformers 5) have both in rope_parameters.
    private static double RopeTheta(ConfigFields fields)
    {
        double? theta = null;
        foreach (string name in (string[])["rope_scaling", "rope_parameters"])
        {
            if (fields.Nested(name) is not { } rope)
            {
                continue;
            }

            string kind = rope.OptionalText("rope_type") ?? rope.OptionalText("type") ?? "default";
            if (kind != "default")
            {
                throw fields.Fault(
                    name, $"the kind '{CheckpointFault.Shown(kind)}' is not supported, only plain rotary positions are.");
            }

            theta = rope.OptionalDouble("rope_theta", 1, 1e12) ?? theta;
        }

        return fields.OptionalDouble("rope_theta", 1, 1e12) ?? theta ?? 10_000;
    }

    private static AttentionPattern Pattern(ConfigFields fields)
    {
        string? name = fields.OptionalText("attention_pattern");
        if (name is null)
        {
            return AttentionPattern.Bidirectional;
        }

        foreach (var pattern in Enum.GetValues<AttentionPattern>())
        {
            if (NameOf(pattern) == name)
            {
                return pattern;
            }
        }

        string known = string.Join(", ", Enum.GetValues<AttentionPattern>().Select(NameOf));
        throw fields.Fault("attention_pattern", $"'{CheckpointFault.Shown(name)}' is not known; known are {known}.");
    }

    private static DiffusionSettings Diffusion(ConfigFields fields)
    {
        if (fields.Nested("diffusion") is not { } diffusion)
        {
            return new DiffusionSettings();
        }

        return new DiffusionSettings
        {
            InitialMasks = diffusion.OptionalInt("initial_masks", 1, LongestSpan),
            MaxNewTokens = diffusion.OptionalInt("max_new_tokens", 1, LongestSpan),
            HeaderTokens = diffusion.OptionalInt("header_tokens", 0, LongestSpan),
            NeverBlank = diffusion.OptionalBool("never_blank"),
            WholeLineGaps = diffusion.OptionalBool("whole_line_gaps"),
            ConfidenceThreshold = diffusion.OptionalDouble("confidence_threshold", 0, 1),
            ConfidenceFloor = diffusion.OptionalDouble("confidence_floor", 0, 1),
            FollowsInstructions = diffusion.OptionalBool("follows_instructions"),
            DraftLogOdds = diffusion.OptionalDouble("draft_log_odds", 0, 100),
            CommitRule = diffusion.OptionalText("commit_rule"),
            UnmaskOrder = diffusion.OptionalText("unmask_order"),
            SpanLength = SpanLength(diffusion),
            LengthBias = diffusion.OptionalDoubles("length_bias", 5, 0, 100) is [var a, var b, var c, var d, var e]
                ? new LengthBias(a, b, c, d, e)
                : null,
        };
    }

    private static SpanLengthSearch? SpanLength(ConfigFields diffusion)
    {
        string? name = diffusion.OptionalText("span_length");
        return name is null
            ? null
            : SpanLengthSearches.Find(name) ?? throw diffusion.Fault(
                "span_length", $"'{CheckpointFault.Shown(name)}' is not known; known are {SpanLengthSearches.Names}.");
    }

    private static IReadOnlyList<string> Languages(ConfigFields fields)
    {
        if (fields.Nested("diffusion") is not { } diffusion || diffusion.OptionalTexts("languages") is not { } languages)
        {
            return [];
        }

        if (languages.Count == 0)
        {
            throw diffusion.Fault("languages", "is an empty list: leave it out where the model is for any language.");
        }

        if (languages.Any(string.IsNullOrWhiteSpace))
        {
            throw diffusion.Fault("languages", "holds an empty name.");
        }

        return languages.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw diffusion.Fault("languages", $"names '{CheckpointFault.Shown(twice.Key)}' twice.")
            : languages;
    }

    private static void RequireDistinct(ConfigFields fields, ModelConfig config)
    {
        if (config.ExpandTokenId == config.MaskTokenId)
        {
            throw fields.Fault("expand_token_id", $"is {config.MaskTokenId}, the mask token itself.");
        }

        if (config.DeleteTokenId is { } delete && (delete == config.MaskTokenId || delete == config.ExpandTokenId))
        {
            throw fields.Fault("delete_token_id", $"is {delete}, the mask or expand token itself.");
        }
    }
}
