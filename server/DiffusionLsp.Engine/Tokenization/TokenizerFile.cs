using System.Text.RegularExpressions;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Engine.Tokenization;

/// <summary>A token that was added to the vocabulary by hand; merges never make it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written.</param>
internal sealed record AddedToken(int Id, string Content);

/// <summary>
/// A byte-level BPE tokenizer as its <c>tokenizer.json</c> describes it, in the Hugging Face format, everything
/// checked. A file that asks for more than the engine does is refused: tokens that are almost right make a model
/// that is almost right. It tokenizes nothing.
/// </summary>
internal sealed record TokenizerFile
{
    /// <summary>Where byte-level tokenizers cut that bring no pattern of their own (openai/gpt-2:src/encoder.py).</summary>
    private const string Gpt2Pattern =
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Far more ids than any published vocabulary has.</summary>
    private const int HighestId = 1 << 22;

    /// <summary>What messages call the file.</summary>
    public required string Path { get; init; }

    /// <summary>Token → id, the added ones only where the file repeats them.</summary>
    public required IReadOnlyList<KeyValuePair<string, int>> Vocabulary { get; init; }

    /// <summary>The merges as <c>"LEFT RIGHT"</c>, the first goes first.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    /// <summary>The tokens that no merge makes.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>The patterns that cut text into pieces, each within the pieces of the one before.</summary>
    public required IReadOnlyList<Regex> Patterns { get; init; }

    /// <summary>Brings well-formed text into the form that the vocabulary was made from.</summary>
    public required Func<string, NormalizedText> Normalize { get; init; }

    /// <summary>Reads a folder's file, and the added tokens that the files beside it know alone.</summary>
    /// <exception cref="CheckpointException">One of them is corrupt, or they contradict each other.</exception>
    public static TokenizerFile ReadFolder(string folder)
    {
        var file = Read(System.IO.Path.Combine(folder, TokenizerFiles.TokenizerName));
        var known = file.AddedTokens.ToLookup(token => token.Content, token => token.Id, StringComparer.Ordinal);
        List<AddedToken> beside = [];
        foreach (var (content, id) in TokenizerFiles.TokensBeside(folder))
        {
            if (content.Length == 0 || id > HighestId)
            {
                throw CheckpointFault.In(folder, $"an added token has the id {id} and the text '{CheckpointFault.Shown(content)}'.");
            }

            if (!known.Contains(content))
            {
                beside.Add(new AddedToken(id, content));
            }
            else if (!known[content].Contains(id))
            {
                throw CheckpointFault.In(
                    file.Path, "added_tokens", $"'{CheckpointFault.Shown(content)}' is {known[content].First()}, but {id} by the files beside it.");
            }
        }

        return file with { AddedTokens = [.. file.AddedTokens, .. beside] };
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="CheckpointException">It is missing, corrupt, or asks for what the engine does not do.</exception>
    public static TokenizerFile Read(string path)
    {
        using var json = CheckpointJson.Read(path, TokenizerFiles.LongestFile);
        var root = ConfigFields.Of(path, json.RootElement);
        RequireType(root, "decoder", "ByteLevel");
        RequireType(root, "model", "BPE");
        var model = root.Nested("model")!.Value;
        RequireAbsent(model, "continuing_subword_prefix", "end_of_word_suffix");
        RequireFalse(model, "byte_fallback", "ignore_merges");
        var patterns = new List<Regex>();
        bool isByteLevel = root.Nested("pre_tokenizer") is { } preTokenizer && AddPatterns(preTokenizer, patterns);
        return new TokenizerFile
        {
            Path = path,
            Vocabulary = model.RequiredInts("vocab", 0, HighestId),
            Merges = model.RequiredTextsOrPairs("merges"),
            AddedTokens = [.. root.NestedList("added_tokens").Select(ReadAddedToken)],
            Patterns = isByteLevel ? patterns : throw root.Fault("pre_tokenizer", "does not end with ByteLevel."),
            Normalize = ReadNormalizer(root.Nested("normalizer")),
        };
    }

    private static AddedToken ReadAddedToken(ConfigFields token)
    {
        string content = token.Text("content");
        return content.Length > 0
            ? new AddedToken(token.Int("id", 0, HighestId), content)
            : throw token.Fault("content", "is empty.");
    }

    private static Func<string, NormalizedText> ReadNormalizer(ConfigFields? normalizer)
    {
        if (normalizer is not { } fields)
        {
            return text => new NormalizedText(text);
        }

        // Composing twice is composing once, so that a sequence needs no more than its members.
        var members = fields.Text("type") == "Sequence" ? fields.NestedList("normalizers") : [fields];
        foreach (var member in members)
        {
            if (member.Text("type") is not "NFC" and var type)
            {
                throw Unsupported(member, "type", type);
            }
        }

        return members.Count > 0 ? CanonicalComposer.Compose : text => new NormalizedText(text);
    }

    /// <summary>Appends the patterns of a pre-tokenizer.</summary>
    /// <returns>Whether it ends with the mapping of bytes to characters, after which nothing may be cut.</returns>
    private static bool AddPatterns(ConfigFields preTokenizer, List<Regex> patterns)
    {
        switch (preTokenizer.Text("type"))
        {
            case "Sequence":
                bool isByteLevel = false;
                foreach (var member in preTokenizer.NestedList("pretokenizers"))
                {
                    isByteLevel = !isByteLevel
                        ? AddPatterns(member, patterns)
                        : throw member.Fault("type", "comes after ByteLevel, which must be the last.");
                }

                return isByteLevel;
            case "Split":
                patterns.Add(ReadSplit(preTokenizer));
                return false;
            case "Digits":
                patterns.Add(Compile(preTokenizer.OptionalBool("individual_digits") == true ? @"\p{N}" : @"\p{N}+"));
                return false;
            case "ByteLevel":
                RequireFalse(preTokenizer, "add_prefix_space");
                patterns.AddRange(preTokenizer.OptionalBool("use_regex") == false ? [] : [Compile(Gpt2Pattern)]);
                return true;
            case var type:
                throw Unsupported(preTokenizer, "type", type);
        }
    }

    private static Regex ReadSplit(ConfigFields split)
    {
        RequireFalse(split, "invert");
        if (split.Text("behavior") is not "Isolated" and var behavior)
        {
            throw Unsupported(split, "behavior", behavior);
        }

        var pattern = split.Nested("pattern") ?? throw split.Fault("pattern", "is missing.");
        if (pattern.OptionalText("String") is { } literal)
        {
            return Compile(Regex.Escape(literal));
        }

        try
        {
            return Compile(PossessiveQuantifiers.Rewrite(pattern.Text("Regex")));
        }
        catch (ArgumentException e)
        {
            throw pattern.Fault("Regex", $"cannot be used here ({CheckpointFault.Shown(e.Message)}).");
        }
    }

    /// <summary>Interpreted: building code for the pattern takes longer than interpreting it on a window of text.</summary>
    private static Regex Compile(string pattern) => new(pattern, RegexOptions.CultureInvariant);

    private static void RequireType(ConfigFields parent, string name, string type)
    {
        var fields = parent.Nested(name) ?? throw parent.Fault(name, "is missing.");
        if (fields.Text("type") is var actual && actual != type)
        {
            throw Unsupported(fields, "type", actual);
        }
    }

    private static void RequireAbsent(ConfigFields fields, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (fields.OptionalText(name) is { Length: > 0 } text)
            {
                throw Unsupported(fields, name, text);
            }
        }
    }

    private static void RequireFalse(ConfigFields fields, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (fields.OptionalBool(name) == true)
            {
                throw Unsupported(fields, name, "true");
            }
        }
    }

    private static CheckpointException Unsupported(ConfigFields fields, string name, string value) => fields.Fault(
        name, $"'{CheckpointFault.Shown(value)}' is not supported; the tokenizer must be a plain byte-level BPE.");
}
