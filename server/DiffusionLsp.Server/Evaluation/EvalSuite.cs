namespace DiffusionLsp.Server.Evaluation;

/// <summary>What to infill, and what of an answer counts.</summary>
internal sealed record EvalSuite
{
    /// <summary>Its name on the command line; of a file, the file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The language of its items.</summary>
    public required string Language { get; init; }

    /// <summary>The gaps; at least one.</summary>
    public required IReadOnlyList<EvalItem> Items { get; init; }

    /// <summary>What of a middle is compared with the same of the author's.</summary>
    public required Func<EvalItem, string, string> Compared { get; init; }
}

/// <summary>What the command line says about a suite.</summary>
/// <param name="Name">A suite's name or a file.</param>
/// <param name="HeldOut">The folder of held-out text; null where none is named.</param>
/// <param name="Language">The language of the held-out text; null where none is named.</param>
/// <param name="Limit">The most items; null for the suite's default.</param>
/// <param name="Seed">The seed with which cursors are drawn.</param>
internal sealed record SuiteChoice(string Name, string? HeldOut, string? Language, int? Limit, int Seed)
{
    /// <summary>How many other files of its package stand beside each gap of a held-out suite.</summary>
    public int OpenFiles { get; init; }
}
