namespace DiffusionLsp.Server.Completion.Filters;

/// <summary>Nothing but space is no suggestion.</summary>
internal static class Blank
{
    /// <summary>Applies the rule.</summary>
    public static string? Apply(ContextWindow window, string middle) =>
        string.IsNullOrWhiteSpace(middle) ? null : middle;
}
