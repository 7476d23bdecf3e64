namespace DiffusionLsp.Engine;

/// <summary>How long a middle is made by a model that can neither expand nor delete, and so fills every mask it is given.</summary>
public enum SpanLengthSearch
{
    /// <summary>As many tokens as there are masks at the start.</summary>
    Fixed,

    /// <summary>The length at which the model is surest before it writes anything, by a calibrated scale.</summary>
    Cal,

    /// <summary>Several lengths are written, and the likeliest middle is taken.</summary>
    Packed,
}

/// <summary>The names of the searches, in config.json (<c>diffusion.span_length</c>) and on the command line.</summary>
public static class SpanLengthSearches
{
    /// <summary>The names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", Enum.GetValues<SpanLengthSearch>().Select(Name));

    /// <summary>Its name.</summary>
    public static string Name(this SpanLengthSearch search) => search.ToString().ToLowerInvariant();

    /// <summary>The search of a name; null where there is none.</summary>
    public static SpanLengthSearch? Find(string? name) =>
        Enum.GetValues<SpanLengthSearch>().Where(search => search.Name() == name).Select(search => (SpanLengthSearch?)search).FirstOrDefault();
}
