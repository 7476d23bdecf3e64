namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// The ids of the tokens with a part to play, by what config.json says and the files beside it. A field that is null says
/// that the model has no such token; one that is absent says nothing, and the other files are asked.
/// </summary>
/// <param name="fields">The fields of config.json.</param>
/// <param name="vocabulary">One more than the highest id.</param>
/// <param name="files">The files beside it; null where there are none.</param>
internal sealed class TokenFields(ConfigFields fields, int vocabulary, SpecialTokenFiles? files)
{
    /// <summary>The id that stands for noise.</summary>
    public int Mask => InConfig("mask_token_id") ?? Checked("mask_token_id", files?.Mask) ?? throw fields.Fault(
        "mask_token_id",
        "is missing and the tokenizer's files name no mask token, so this is no masked-diffusion model; "
        + ModelFamily.Supported + ".");

    /// <summary>The id that stands for "two masks here".</summary>
    public int? Expand => InConfig("expand_token_id")
        ?? (fields.IsNull("expand_token_id") ? null : Checked("expand_token_id", files?.Expand));

    /// <summary>
    /// The id that stands for "nothing here". DreamOn trains as such the token that its config calls the end of a text, so
    /// of the models that name no other only those that expand have one.
    /// </summary>
    public int? Delete => InConfig("delete_token_id")
        ?? (fields.IsNull("delete_token_id") ? null : Checked("delete_token_id", files?.Delete))
        ?? (Expand is null ? null : InConfig("eos_token_id") ?? Of("eos"));

    /// <summary>
    /// The id for a part that tokenizers know by name. Dream's config calls one token both the beginning and the end of a
    /// text, as the model did that it was made from; its tokenizer knows better, so that goes first.
    /// </summary>
    /// <param name="role"><c>bos</c>, <c>eos</c> or <c>pad</c>.</param>
    public int? Of(string role)
    {
        string field = $"{role}_token_id";
        int? configured = InConfig(field);
        return fields.IsNull(field)
            ? null
            : Checked(field, files?.Named($"{role}_token")) ?? configured ?? Checked(field, files?.Generation(field));
    }

    private int? InConfig(string field) => fields.OptionalIntOrFirst(field, 0, vocabulary - 1);

    private int? Checked(string field, int? id) => id is null || id < vocabulary
        ? id
        : throw fields.Fault(field, $"is {id} by the tokenizer's files, outside the {vocabulary} tokens.");
}
