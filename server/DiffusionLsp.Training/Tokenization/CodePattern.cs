namespace DiffusionLsp.Training.Tokenization;

/// <summary>
/// The pre-tokenizer of our own models: where source code may be cut into tokens. Merges never cross a cut, so what
/// is one here is a clean seam between prefix, infill and suffix.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A newline starts a piece and takes the indentation after it: <c>"\n        "</c> is one token, and every
/// end of a line is a seam, also of an empty line (GPT-4's and Qwen's patterns glue a newline to the punctuation
/// before it and newlines to each other). Two newlines in a row stay two pieces for the same reason.</item>
/// <item>Two or more blanks never lend the last of them to the word that follows, so the text after an indentation
/// has the same tokens whether or not the cursor parts the two.</item>
/// <item>A word takes one leading space, dot or underscore: <c>" return"</c>, <c>".append"</c>, <c>"_size"</c>.
/// Brackets, quotes and operators stay apart, because a cursor stands behind them all the time; joining them too
/// saves 1.5 % of the tokens, which is not worth the seams.</item>
/// <item>camelCase is cut at its humps, so that <c>getElementById</c> shares its parts with other names.</item>
/// <item>Digits come in groups of at most three, with one leading space.</item>
/// </list>
/// Only syntax that means the same in .NET, Oniguruma and Rust is used: any reader of the Hugging Face format can
/// read the tokenizer.
/// </remarks>
internal static class CodePattern
{
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    /// <summary>The regular expression.</summary>
    public const string Regex =
        @"\r?\n[ \t]*"
        + $@"|[ ._]?(?:{Upper}*{Lower}+|{Upper}+)"
        + @"| ?\p{N}{1,3}"
        + @"| ?[^\s\p{L}\p{M}\p{N}]+"
        + @"|[^\S\r\n]+|\r";
}
