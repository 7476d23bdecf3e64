using System.Text.RegularExpressions;

namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// Text that looks like a model's special token ends the suggestion, unless the document itself holds that text: then
/// somebody writes about such tokens and may be shown one. Tokens that are also code (<c>&lt;s&gt;</c> in JSX) pass;
/// the engine cuts those of its own model.
/// </summary>
internal static partial class SpecialTokens
{
    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle)
    {
        foreach (Match token in Token().Matches(middle))
        {
            if (!window.Prefix.Contains(token.Value, StringComparison.Ordinal)
                && !window.Suffix.Contains(token.Value, StringComparison.Ordinal))
            {
                return middle[..token.Index];
            }
        }

        return middle;
    }

    [GeneratedRegex(@"<\|[^\s|<>]{1,64}\|>|<｜[^\s<>]{1,64}｜>|<fim_[a-z]{1,32}>", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
