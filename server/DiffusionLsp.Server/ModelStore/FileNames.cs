using System.Text.RegularExpressions;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>
/// Which names are believed, and which files belong to a model. A name comes from whoever made a repository, so it is
/// held against one rule on all systems: what is harmless here may be a device on another.
/// </summary>
internal static partial class FileNames
{
    private static readonly string[] _tokenizerTexts = ["merges.txt", "vocab.txt"];

    private static readonly string[] _json =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "added_tokens.json",
        "special_tokens_map.json", "vocab.json", "model.safetensors.index.json",
    ];

    /// <summary>The file of weights in one piece.</summary>
    public const string SingleWeights = "model.safetensors";

    /// <summary>Whether a model may have this name.</summary>
    public static bool IsModelName(string name) => PlainName().IsMatch(name) && IsInside(name);

    /// <summary>Whether a listed path stays in the folder that it is put into, on every system.</summary>
    public static bool IsInside(string path) =>
        path.Length is > 0 and <= 1024
        && !path.Any(c => c is '\\' or ':' || char.IsControl(c))
        && path.Split('/').All(part => part is not ("" or "." or "..") && part[^1] is not ('.' or ' ') && !Device().IsMatch(part));

    /// <summary>
    /// Of the files of a repository those that make a model: JSON, the tokenizer's texts and weights in safetensors, from
    /// its top folder. Code, pickles and everything else stay where they are.
    /// </summary>
    public static IReadOnlyList<string> Wanted(IReadOnlyCollection<string> names)
    {
        bool isWhole = names.Contains(SingleWeights);
        return
        [
            .. names.Where(name => _json.Contains(name) || _tokenizerTexts.Contains(name)
                || (isWhole ? name == SingleWeights : Shard().IsMatch(name))),
        ];
    }

    /// <summary>Whether a file holds weights that the engine reads.</summary>
    public static bool IsWeights(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal);

    /// <summary>Whether a file holds weights in a form that can run code when it is read, or that the engine does not read.</summary>
    public static bool IsOtherWeights(string name) => OtherWeights().IsMatch(name);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\z")]
    private static partial Regex PlainName();

    [GeneratedRegex(@"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|\z)", RegexOptions.IgnoreCase)]
    private static partial Regex Device();

    [GeneratedRegex(@"^model-[0-9]{5}-of-[0-9]{5}\.safetensors\z")]
    private static partial Regex Shard();

    [GeneratedRegex(@"\.(bin|pt|pth|ckpt|pkl|pickle|h5|msgpack|gguf|onnx)\z", RegexOptions.IgnoreCase)]
    private static partial Regex OtherWeights();
}
