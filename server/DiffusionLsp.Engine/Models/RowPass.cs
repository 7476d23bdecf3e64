namespace DiffusionLsp.Engine.Models;

/// <summary>
/// The rows that go through the layers together, over what a <see cref="KeyValueCache"/> holds already: first new rows of the
/// prefix, which see the prefix up to themselves; then rows of the suffix, which see the suffix up to themselves; then all
/// others, which see everything.
/// </summary>
internal sealed record RowPass
{
    /// <summary>The token of each row, length R.</summary>
    public required long[] Ids { get; init; }

    /// <summary>The token before each row's, as far as the row may see it.</summary>
    public required long[] Previous { get; init; }

    /// <summary>Where each row stands on the canvas.</summary>
    public required long[] Positions { get; init; }

    /// <summary>The slot that each row's key and value are written to.</summary>
    public required long[] Slots { get; init; }

    /// <summary>How many rows are new ones of the prefix.</summary>
    public int PrefixRows { get; init; }

    /// <summary>How many rows are of the suffix: all of it, or none.</summary>
    public int SuffixRows { get; init; }

    /// <summary>The slots of the whole prefix.</summary>
    public SlotRange Prefix { get; init; }

    /// <summary>The slots of the whole suffix.</summary>
    public SlotRange Suffix { get; init; }

    /// <summary>What the other rows see.</summary>
    public required SlotRange Seen { get; init; }
}
