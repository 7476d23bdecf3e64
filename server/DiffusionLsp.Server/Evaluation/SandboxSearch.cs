namespace DiffusionLsp.Server.Evaluation;

/// <summary>What came of looking for a sandbox.</summary>
/// <param name="Passes">Runs a program and says whether it comes to its end; null where none can be run safely.</param>
/// <param name="Problem">Why none can, and what to do; empty where one can.</param>
internal sealed record SandboxSearch(Func<string, CancellationToken, bool>? Passes, string Problem);

/// <summary>What a program may use up.</summary>
internal sealed record SandboxLimits
{
    /// <summary>Seconds of computing.</summary>
    public int CpuSeconds { get; init; } = 5;

    /// <summary>Seconds on the clock; more than those of computing, so that a busy machine does not decide.</summary>
    public int WallSeconds { get; init; } = 20;

    /// <summary>Bytes of address space.</summary>
    public long MemoryBytes { get; init; } = 512 << 20;

    /// <summary>Bytes of one file; the working folder holds some such files.</summary>
    public long FileBytes { get; init; } = 1 << 20;
}
