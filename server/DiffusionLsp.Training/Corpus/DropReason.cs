namespace DiffusionLsp.Training.Corpus;

/// <summary>Why a file is left out of a corpus.</summary>
internal enum DropReason
{
    /// <summary>A copy of another project, kept inside this one.</summary>
    Vendored,

    /// <summary>Too short to teach anything.</summary>
    TooSmall,

    /// <summary>So long that it is data, or that it would drown out its neighbours.</summary>
    TooLarge,

    /// <summary>Binary, or not UTF-8.</summary>
    NotText,

    /// <summary>Lines that no person wrote.</summary>
    Minified,

    /// <summary>Written by a program, as its name or its header says.</summary>
    Generated,

    /// <summary>A table of values with little code around it.</summary>
    DataTable,

    /// <summary>The same text as an earlier file.</summary>
    Duplicate,

    /// <summary>Most of its lines stand in earlier files in the same order.</summary>
    NearDuplicate,

    /// <summary>A training file that repeats a held-out one.</summary>
    RepeatsHeldOut,
}
