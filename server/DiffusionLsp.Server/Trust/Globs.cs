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

    private readonly List<string> _globs = [];
    private readonly List<string> _faults = [];
    private readonly Matcher _all;

    /// <summary>Makes the list of what was written; null stands for what is no text.</summary>
    public Globs(IEnumerable<string?> written)
    {
        foreach ((int index, string? glob) in written.Index())
        {
            if (FaultOf(glob) is not { } fault)
            {
                _globs.Add(glob!);
            }
            else
            {
                _faults.Add(glob is null ? $"entry {index + 1} {fault}" : $"\"{glob}\" {fault}");
            }
        }

        _all = MatcherOf(_globs);
    }

    /// <summary>What was written and is no glob, each with what is wrong with it; it matches nothing.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The first glob that matches a path; null where none does.</summary>
    public string? FirstMatching(DocumentPath path) =>
        Matches(_all, path) ? _globs.FirstOrDefault(glob => Matches(MatcherOf([glob]), path)) : null;

    private static string? FaultOf(string? glob)
    {
        if (glob is null)
        {
            return "is no text";
        }

        string[] names = DocumentPath.WithoutOddCharacters(glob.Trim()).Split('/');
        return names.All(name => name.Length == 0) ? "is empty" : names.Contains("..") ? "goes up a folder" : null;
    }

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
