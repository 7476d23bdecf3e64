using System.Text.Json;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// What the tokenizer's files of a checkpoint say about its mask token. Checkpoints that were made from a causal
/// model often name it there alone. It tokenizes nothing.
/// </summary>
internal static class TokenizerFiles
{
    /// <summary>The tokenizer's own file.</summary>
    public const string TokenizerName = "tokenizer.json";

    /// <summary>The most bytes of such a file.</summary>
    public const int LongestFile = 256 << 20;

    /// <summary>The file of settings beside it.</summary>
    public const string SettingsName = "tokenizer_config.json";

    private const string AddedName = "added_tokens.json";

    // By convention of Dream and the a2d models, of Open-dCoder, and of LLaDA.
    private static readonly string[] s_maskNames = ["<|mask|>", "<M>", "<|mdm_mask|>"];

    /// <summary>The id of the mask token that the files name; null where they name none.</summary>
    public static int? FindMaskToken(string folder)
    {
        var added = AddedTokens(folder);
        IEnumerable<string> names = NamedMask(folder) is { } named ? [named, .. s_maskNames] : s_maskNames;
        foreach (string name in names)
        {
            if (added.TryGetValue(name, out int id))
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>All added tokens of the folder's files, text to id; empty where there are none.</summary>
    public static IReadOnlyDictionary<string, int> AddedTokens(string folder)
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        ReadAddedNames(Path.Combine(folder, AddedName), tokens);
        ReadTokenizer(Path.Combine(folder, TokenizerName), tokens);
        return tokens;
    }

    /// <summary>The text of the mask token as tokenizer_config.json gives it; null where it gives none.</summary>
    public static string? NamedMask(string folder)
    {
        string path = Path.Combine(folder, SettingsName);
        if (!File.Exists(path))
        {
            return null;
        }

        using var json = CheckpointJson.Read(path, LongestFile);
        if (json.RootElement.ValueKind != JsonValueKind.Object
            || !json.RootElement.TryGetProperty("mask_token", out var mask))
        {
            return null;
        }

        // Either the text itself or an object that describes the token.
        if (mask.ValueKind == JsonValueKind.Object && mask.TryGetProperty("content", out var content))
        {
            mask = content;
        }

        return mask.ValueKind switch
        {
            JsonValueKind.String => TextOf(path, "mask_token", mask),
            JsonValueKind.Null => null,
            _ => throw CheckpointFault.In(path, "mask_token", "is not text."),
        };
    }

    private static void ReadAddedNames(string path, Dictionary<string, int> tokens)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var json = CheckpointJson.Read(path, LongestFile);
        var root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw CheckpointFault.In(path, "is not an object of token ids.");
        }

        foreach (var token in root.EnumerateObject())
        {
            tokens[token.Name] = IdOf(path, token.Name, token.Value);
        }
    }

    private static void ReadTokenizer(string path, Dictionary<string, int> tokens)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var json = CheckpointJson.Read(path, LongestFile);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw CheckpointFault.In(path, "is not a JSON object.");
        }

        if (!json.RootElement.TryGetProperty("added_tokens", out var added))
        {
            return;
        }

        if (added.ValueKind != JsonValueKind.Array)
        {
            throw CheckpointFault.In(path, "added_tokens", "is not a list.");
        }

        foreach (var token in added.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Object
                || !token.TryGetProperty("content", out var content)
                || !token.TryGetProperty("id", out var id)
                || content.ValueKind != JsonValueKind.String)
            {
                throw CheckpointFault.In(path, "added_tokens", "holds something that is no token.");
            }

            string text = TextOf(path, "added_tokens", content);
            tokens[text] = IdOf(path, text, id);
        }
    }

    private static string TextOf(string path, string field, JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw CheckpointFault.In(path, field, "holds text that is not valid Unicode.");
        }
    }

    private static int IdOf(string path, string name, JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) && id >= 0
            ? id
            : throw CheckpointFault.In(path, name, "has no whole number as its id.");
}
