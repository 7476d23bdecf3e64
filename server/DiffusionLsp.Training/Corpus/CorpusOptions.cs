namespace DiffusionLsp.Training.Corpus;

/// <summary>What to take from a folder of packages, and how much of it to hold out.</summary>
internal sealed record CorpusOptions
{
    /// <summary>The one language to take (<c>python</c>, <c>javascript</c>, <c>csharp</c>); null takes every one.</summary>
    public string? Language { get; init; }

    /// <summary>How many families of packages are held out, in each language.</summary>
    public int HeldOutFamilies { get; init; } = 12;

    /// <summary>Which families those are: another seed, another choice.</summary>
    public int Seed { get; init; }
}
