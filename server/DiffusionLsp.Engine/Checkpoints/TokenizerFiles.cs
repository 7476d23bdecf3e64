using System.Globalization;
using System.Text.Json;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// What the tokenizer's files of a checkpoint say about its added tokens. Checkpoints that were made from a causal model
/// often name their mask there alone, and some of them in one of the lesser files alone. It tokenizes nothing.
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

    /// <summary>All added tokens of the folder's files, text to id; empty where there are none.</summary>
    public static IReadOnlyDictionary<string, int> AddedTokens(string folder)
    {
        var tokens = new Dictionary<string, int>(TokensBeside(folder), StringComparer.Ordinal);
        ReadTokenizer(Path.Combine(folder, TokenizerName), tokens);
        return tokens;
    }

    /// <summary>The added tokens of the files beside tokenizer.json, which alone may hold them all.</summary>
    public static IReadOnlyDictionary<string, int> TokensBeside(string folder)
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        ReadDescriptions(Path.Combine(folder, SettingsName), tokens);
        ReadAddedNames(Path.Combine(folder, AddedName), tokens);
        return tokens;
    }

    /// <summary>The text of the token that tokenizer_config.json names for a part; null where it names none.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="role">The field, e.g. <c>mask_token</c>.</param>
    public static string? NamedToken(string folder, string role)
    {
        string path = Path.Combine(folder, SettingsName);
        if (!File.Exists(path))
        {
            return null;
        }

        using var json = CheckpointJson.Read(path, LongestFile);
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty(role, out var named))
        {
            return null;
        }

        // Either the text itself or an object that describes the token.
        if (named.ValueKind == JsonValueKind.Object && named.TryGetProperty("content", out var content))
        {
            named = content;
        }

        return named.ValueKind switch
        {
            JsonValueKind.String => TextOf(path, role, named),
            JsonValueKind.Null => null,
            _ => throw CheckpointFault.In(path, role, "is not text."),
        };
    }

    // tokenizer_config.json describes each added token under its id.
    private static void ReadDescriptions(string path, Dictionary<string, int> tokens)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var json = CheckpointJson.Read(path, LongestFile);
        if (json.RootElement.ValueKind != JsonValueKind.Object
            || !json.RootElement.TryGetProperty("added_tokens_decoder", out var decoder)
            || decoder.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var token in decoder.EnumerateObject())
        {
            if (!int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || token.Value.ValueKind != JsonValueKind.Object
                || !token.Value.TryGetProperty("content", out var content)
                || content.ValueKind != JsonValueKind.String)
            {
                throw CheckpointFault.In(path, "added_tokens_decoder", "holds something that is no token.");
            }

            tokens[TextOf(path, "added_tokens_decoder", content)] = id;
        }
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
