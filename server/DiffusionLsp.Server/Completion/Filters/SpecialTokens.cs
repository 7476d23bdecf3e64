using System.Text.RegularExpressions;

namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>
/// Text that looks like a model's special token ends the suggestion, unless the document itself holds that text: then
/// somebody writes about such tokens and may be shown one.
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

    [GeneratedRegex(@"<\|[^\s|<>]{1,64}\|>", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
