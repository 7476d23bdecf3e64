using Microsoft.Extensions.FileSystemGlobbing;

namespace DiffusionLsp.Server.Trust;

/// <summary>
/// A list of globs over paths, whatever the case of their letters. <c>*</c> stands for any characters within a name and
/// <c>**</c> for any folders; a glob that ends with <c>/</c> means all below, and one that does not begin with <c>/</c>
/// matches at any depth. It never looks at the disk.
/// </summary>
internal sealed class Globs
{
    // A glob matches below a folder, so that every path is put below this one, which need not exist.
    private const string Root = "/documents";

    private readonly string[] _globs;
    private readonly Matcher _all;

    private Globs(string[] globs)
    {
        _globs = globs;
        _all = MatcherOf(globs);
    }

    /// <summary>Makes the list; null where one of them is no glob.</summary>
    public static Globs? TryParse(IEnumerable<string> globs)
    {
        string[] all = [.. globs];
        try
        {
            return all.Any(IsEmpty) ? null : new Globs(all);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The first glob that matches a path; null where none does.</summary>
    public string? FirstMatching(DocumentPath path) =>
        Matches(_all, path) ? _globs.FirstOrDefault(glob => Matches(MatcherOf([glob]), path)) : null;

    private static bool IsEmpty(string glob) => glob.Trim().Trim('/').Length == 0;

    private static bool Matches(Matcher matcher, DocumentPath path) => matcher.Match(Root, path.Readings).HasMatches;

    private static Matcher MatcherOf(IEnumerable<string> globs)
    {
        Matcher matcher = new(StringComparison.OrdinalIgnoreCase);
        foreach (string glob in globs)
        {
            string written = DocumentPath.WithoutOddCharacters(glob.Trim());
            matcher.AddInclude(
                written.StartsWith('/') ? written.TrimStart('/')
                : written.StartsWith("**/", StringComparison.Ordinal) ? written
                : $"**/{written}");
        }

        return matcher;
    }
}
