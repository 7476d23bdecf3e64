namespace DiffusionLsp.Server.Trust;

/// <summary>
/// The path that a document's URI names, for the eyes of a rule and never for opening a file: relative, with <c>/</c>
/// between its names, whatever the scheme. A URI's authority (a server, a remote machine) is no part of it.
/// </summary>
internal sealed class DocumentPath
{
    private DocumentPath(IReadOnlyList<string> readings) => Readings = readings;

    /// <summary>
    /// What the path may be: the URI up to its query or fragment, and all of it, since some clients write a folder named
    /// <c>c#</c> as it is.
    /// </summary>
    public IReadOnlyList<string> Readings { get; }

    /// <summary>The path of a URI.</summary>
    public static DocumentPath Of(string uri)
    {
        string path = WithoutAuthority(WithoutScheme(uri));
        int end = path.IndexOfAny(['?', '#']);
        return new DocumentPath(end < 0 ? [Normal(path)] : [Normal(path[..end]), Normal(path)]);
    }

    /// <summary>A path or glob without the characters that a file system gives a meaning: a drive's colon, the null.</summary>
    public static string WithoutOddCharacters(string path) => path.Replace(':', '_').Replace('\0', '_').Replace('\\', '/');

    private static string WithoutScheme(string uri)
    {
        int colon = uri.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && uri.AsSpan(0, colon).IndexOfAny('/', '\\') < 0 ? uri[(colon + 1)..] : uri;
    }

    private static string WithoutAuthority(string rest)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            return rest;
        }

        int path = rest.IndexOf('/', 2);

        // Nothing but an authority: somebody has left out a slash, and means a name.
        return path < 0 ? rest[2..] : rest[path..];
    }

    private static string Normal(string path)
    {
        List<string> names = [];
        foreach (string name in WithoutOddCharacters(Uri.UnescapeDataString(path)).Split('/'))
        {
            if (name == ".." && names.Count > 0)
            {
                names.RemoveAt(names.Count - 1);
            }
            else if (name is not ("" or "." or ".."))
            {
                names.Add(name);
            }
        }

        return names.Count == 0 ? "_" : string.Join('/', names);
    }
}
