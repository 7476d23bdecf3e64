using System.Text.RegularExpressions;

namespace DiffusionLsp.Server.Documents;

/// <summary>
/// When two URIs name one document. Any text is a name; only the drive of a <c>file:</c> URI is written in several ways
/// by clients, sometimes by the same one: <c>file:///c%3A/a</c>, <c>file:///c:/a</c>, <c>file:///C:/a</c>. It looks at
/// no disk and resolves nothing.
/// </summary>
internal static partial class DocumentUri
{
    /// <summary>The same text for all URIs of a document.</summary>
    public static string Key(string uri) =>
        Drive().Replace(uri, drive => $"file:///{drive.Groups["letter"].Value.ToLowerInvariant()}:");

    [GeneratedRegex("^file:///(?<letter>[a-z])(:|%3a)(?=/|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Drive();
}
