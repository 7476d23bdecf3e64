namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// The ids that the files beside config.json give to the tokens with a part to play. Ids are never known by family: 151665
/// is the mask of one Qwen2 and begins a text in another. Each file is read when it is first asked, since tokenizer.json
/// is long and most configs need none of it.
/// </summary>
/// <param name="folder">The checkpoint's folder.</param>
internal sealed class SpecialTokenFiles(string folder)
{
    private const string GenerationName = "generation_config.json";

    // By convention of Dream and the a2d models, of Open-dCoder, and of LLaDA.
    private static readonly string[] s_maskNames = ["<|mask|>", "<M>", "<|mdm_mask|>"];

    private readonly Lazy<IReadOnlyDictionary<string, int>> _beside = new(() => TokenizerFiles.TokensBeside(folder));
    private readonly Lazy<IReadOnlyDictionary<string, int>> _all = new(() => TokenizerFiles.AddedTokens(folder));

    /// <summary>The mask: the one that tokenizer_config.json names, else one of a usual name; null where there is none.</summary>
    public int? Mask => Named("mask_token") ?? s_maskNames.Select(IdOf).FirstOrDefault(id => id is not null);

    /// <summary>DreamOn's token for "two masks here"; null where there is none.</summary>
    public int? Expand => IdOf("<|expand|>");

    /// <summary>A token for "nothing here", of that name; null where there is none.</summary>
    public int? Delete => IdOf("<|delete|>");

    /// <summary>The token that tokenizer_config.json names for a part.</summary>
    /// <param name="role">The field, e.g. <c>bos_token</c>.</param>
    public int? Named(string role) => TokenizerFiles.NamedToken(folder, role) is { } text ? IdOf(text) : null;

    /// <summary>The token that generation_config.json gives, or the first of several.</summary>
    /// <param name="field">The field, e.g. <c>bos_token_id</c>.</param>
    public int? Generation(string field)
    {
        string path = Path.Combine(folder, GenerationName);
        if (!File.Exists(path))
        {
            return null;
        }

        using var json = CheckpointJson.Read(path, ModelConfigReader.LongestFile);
        return ConfigFields.Of(path, json.RootElement).OptionalIntOrFirst(field, 0, int.MaxValue);
    }

    private int? IdOf(string text) =>
        _beside.Value.TryGetValue(text, out int id) || _all.Value.TryGetValue(text, out id) ? id : null;
}
