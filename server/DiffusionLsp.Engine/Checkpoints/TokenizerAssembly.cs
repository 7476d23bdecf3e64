using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// Writes the tokenizer.json that a checkpoint lacks from the files it has in its place: vocab.json, merges.txt and the
/// added tokens of tokenizer_config.json or added_tokens.json. The repositories of the Dream family hold no other
/// (DreamLM/Dream, issue 81). Only tokenizers that are Qwen2's are written: what they do beyond these files is known.
/// </summary>
public static class TokenizerAssembly
{
    private const string VocabularyName = "vocab.json";
    private const string MergesName = "merges.txt";

    // Where Qwen2's tokenizer cuts text (huggingface/transformers:src/transformers/models/qwen2/tokenization_qwen2.py), to
    // which Dream's adds nothing but its tokens.
    private const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] s_classes = ["DreamTokenizer", "Qwen2Tokenizer", "Qwen2TokenizerFast"];

    // The vocabulary is half of the file; escaping its letters would double it.
    private static readonly JsonSerializerOptions s_written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file into a folder that lacks it and has what it is made of; does nothing elsewhere.</summary>
    /// <returns>The name of the file, where it was written.</returns>
    /// <exception cref="CheckpointException">A file that it is made of is damaged.</exception>
    public static string? Complete(string folder)
    {
        string target = Path.Combine(folder, TokenizerFiles.TokenizerName);
        string vocabulary = Path.Combine(folder, VocabularyName);
        string merges = Path.Combine(folder, MergesName);
        string settings = Path.Combine(folder, TokenizerFiles.SettingsName);
        if (File.Exists(target) || !File.Exists(vocabulary) || !File.Exists(merges) || !File.Exists(settings))
        {
            return null;
        }

        using var config = CheckpointJson.Read(settings, TokenizerFiles.LongestFile);
        var fields = ConfigFields.Of(settings, config.RootElement);
        if (!s_classes.Contains(fields.OptionalText("tokenizer_class")))
        {
            return null;
        }

        JsonObject file = new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = AddedTokens(folder, settings, config.RootElement),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = Pattern },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    ByteLevel()),
            },
            ["decoder"] = ByteLevel(),
            ["model"] = Model(vocabulary, merges),
        };
        AtomicFile.Write(target, stream => JsonSerializer.Serialize(stream, file, s_written));
        return TokenizerFiles.TokenizerName;
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = false,
        ["use_regex"] = false,
    };

    private static JsonObject Model(string vocabulary, string merges)
    {
        using var tokens = CheckpointJson.Read(vocabulary, TokenizerFiles.LongestFile);
        JsonArray rules = [];
        foreach (string line in File.ReadLines(merges).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal)))
        {
            rules.Add(line.Count(c => c == ' ') == 1
                ? JsonValue.Create(line)
                : throw CheckpointFault.In(merges, $"'{CheckpointFault.Shown(line)}' is no merge of two tokens."));
        }

        return new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = tokens.RootElement.ValueKind == JsonValueKind.Object
                ? JsonObject.Create(tokens.RootElement.Clone())
                : throw CheckpointFault.In(vocabulary, "is not an object of token ids."),
            ["merges"] = rules,
        };
    }

    // tokenizer_config.json says of each token what it is; added_tokens.json has ids alone.
    private static JsonArray AddedTokens(string folder, string settings, JsonElement config)
    {
        SortedDictionary<int, JsonNode> tokens = [];
        foreach (var (content, id) in TokenizerFiles.AddedTokens(folder))
        {
            tokens[id] = new JsonObject { ["id"] = id, ["content"] = content, ["special"] = true };
        }

        if (config.TryGetProperty("added_tokens_decoder", out var decoder) && decoder.ValueKind == JsonValueKind.Object)
        {
            foreach (var token in decoder.EnumerateObject())
            {
                if (!int.TryParse(token.Name, out int id) || token.Value.ValueKind != JsonValueKind.Object
                    || !token.Value.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.String)
                {
                    throw CheckpointFault.In(settings, "added_tokens_decoder", "holds something that is no token.");
                }

                JsonObject added = JsonObject.Create(token.Value.Clone())!;
                added["id"] = id;
                tokens[id] = added;
            }
        }

        return [.. tokens.Values];
    }
}
