namespace DiffusionLsp.Server.EditorState;

/// <summary>How often the user was shown a suggestion, and took part of one. Counts only: no text is kept.</summary>
internal sealed class SuggestionUse
{
    private long _shown;
    private long _partlyAccepted;

    /// <summary>Suggestions that an editor showed.</summary>
    public long Shown => Interlocked.Read(ref _shown);

    /// <summary>Times that the user took a word or a line of a suggestion.</summary>
    public long PartlyAccepted => Interlocked.Read(ref _partlyAccepted);

    /// <summary>An editor showed a suggestion.</summary>
    public void CountShown() => Interlocked.Increment(ref _shown);

    /// <summary>The user took a part of one.</summary>
    public void CountPartlyAccepted() => Interlocked.Increment(ref _partlyAccepted);
}
