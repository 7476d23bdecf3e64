namespace DiffusionLsp.Server.ModelStore;

/// <summary>Which licences let everybody use a model for anything, so that nobody has to be asked. It reads no licence.</summary>
internal static class Licences
{
    // Names as hubs and SPDX write them, in lower case.
    private static readonly HashSet<string> _free = new(StringComparer.OrdinalIgnoreCase)
    {
        "mit", "apache-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "isc", "zlib", "unlicense", "cc0-1.0", "0bsd",
        "bsl-1.0", "cc-by-4.0", "mpl-2.0", "postgresql", "ms-pl", "afl-3.0", "artistic-2.0", "ncsa", "wtfpl",
    };

    /// <summary>Whether a licence is one of those.</summary>
    public static bool IsFree(string? licence) => licence is not null && _free.Contains(licence);
}
