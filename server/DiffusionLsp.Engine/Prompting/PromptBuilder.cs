using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Engine.Prompting;

/// <summary>What stands around the span, in tokens, and the seams between.</summary>
/// <param name="Prefix">The tokens before the span.</param>
/// <param name="Left">The seam after them; null where the cursor stands between tokens.</param>
/// <param name="Right">The seam before the suffix; null where the cursor stands between tokens.</param>
/// <param name="Suffix">The tokens after the span.</param>
internal sealed record InfillPrompt(IReadOnlyList<int> Prefix, Seam? Left, Seam? Right, IReadOnlyList<int> Suffix)
{
    /// <summary>The seams there are.</summary>
    public IReadOnlyList<Seam> Seams { get; } = [.. new[] { Left, Right }.OfType<Seam>()];

    /// <summary>The cells that the seams add to the span.</summary>
    public int SeamCells => Seams.Sum(seam => seam.Cells);
}

/// <summary>
/// Makes tokens of the text around a gap: cuts it to what the model can read, keeping what is nearest to the gap,
/// heals the seams, and adds the family's control tokens. Control tokens that stand in the text remain text.
/// </summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="layout">The family's control tokens.</param>
/// <param name="contextLength">The longest canvas, in tokens.</param>
/// <param name="logitShift">How many tokens must stand before the span.</param>
/// <param name="headerTokens">The most tokens of a long file's beginning to keep.</param>
internal sealed class PromptBuilder(
    CodeTokenizer tokenizer, PromptLayout layout, int contextLength, int logitShift, int headerTokens = 0)
{
    // What follows a gap says less than what leads to it: a suffix takes more than this only where there is room.
    private const int SuffixShare = 4;
    private const int FewestTextTokens = 16;

    /// <summary>Builds the prompt.</summary>
    /// <param name="prefix">The text before the gap.</param>
    /// <param name="suffix">The text after the gap.</param>
    /// <param name="middleTokens">The room to keep for the middle.</param>
    /// <param name="mostTokens">The most tokens of text to read; null: as many as there is room for.</param>
    public InfillPrompt Build(string prefix, string suffix, int middleTokens, int? mostTokens = null)
    {
        int room = contextLength - middleTokens - (2 * SeamHealing.MostTakenBack) - 2;
        if (room < FewestTextTokens)
        {
            throw new EngineException(
                $"A middle of {middleTokens} tokens leaves no room for the text around it, since the model reads "
                + $"{contextLength} tokens: ask for a shorter one (--max-tokens).");
        }

        room = Math.Min(room, Math.Max(FewestTextTokens, mostTokens ?? room));
        var after = TokenWindow.Head(tokenizer, suffix, room / SuffixShare);
        var before = TokenWindow.Tail(tokenizer, prefix, room - after.Ids.Count);
        if (after.Text.Length < suffix.Length && before.Text.Length == prefix.Length)
        {
            after = TokenWindow.Head(tokenizer, suffix, room - before.Ids.Count);
        }

        var header = Header(prefix, before);
        before = header.Count == 0 ? before : TokenWindow.Tail(tokenizer, prefix, before.Ids.Count - header.Count);
        var left = Left(before);
        var right = SeamHealing.Right(tokenizer, before.Text, after);
        return new InfillPrompt(Start([.. header, .. left.Ids]), left.Seam, right.Seam, [.. right.Ids, .. Optional(layout.End)]);
    }

    /// <summary>The beginning of a file that the window cuts, in whole lines; nothing where the window holds all.</summary>
    private IReadOnlyList<int> Header(string prefix, TokenizedText before)
    {
        int most = Math.Min(headerTokens, before.Ids.Count / 2);
        return most == 0 || before.Text.Length == prefix.Length ? [] : TokenWindow.Head(tokenizer, prefix, most).Ids;
    }

    private HealedSide Left(TokenizedText prefix)
    {
        var healed = SeamHealing.Left(tokenizer, prefix);
        bool isStarved = healed.Ids.Count < logitShift && layout.Start is null;
        return isStarved ? new HealedSide(prefix.Ids, null) : healed;
    }

    private int[] Start(IReadOnlyList<int> prefix)
    {
        int[] ids = [.. Optional(layout.Start), .. prefix];
        if (ids.Length >= logitShift)
        {
            return ids;
        }

        return layout.EmptyPrefix is { } first
            ? [first]
            : throw new EngineException(
                "This model predicts every token from the one before it, so it cannot fill a gap at the very start of "
                + "a text: put a line before the gap, for instance a comment, or take another model.");
    }

    private static IEnumerable<int> Optional(int? id) => id is { } known ? [known] : [];
}
