namespace DiffusionLsp.Engine.Tokenization;

/// <summary>
/// Text in the form that a tokenizer wants, which remembers where in the original each unit came from.
/// </summary>
internal sealed class NormalizedText
{
    private readonly TextRange[]? _origins;

    /// <summary>Text that is the original itself.</summary>
    public NormalizedText(string text)
    {
        Text = text;
    }

    /// <summary>Text that differs from the original.</summary>
    /// <param name="text">The text.</param>
    /// <param name="origins">For each UTF-16 unit of the text the run of the original that it came from.</param>
    public NormalizedText(string text, TextRange[] origins)
    {
        Text = text;
        _origins = origins;
    }

    /// <summary>The text in its normal form.</summary>
    public string Text { get; }

    /// <summary>The run of the original that became <paramref name="range"/>, which is not empty.</summary>
    public TextRange OriginOf(TextRange range)
    {
        if (_origins is null)
        {
            return range;
        }

        int start = _origins[range.Start].Start;
        return new TextRange(start, _origins[range.End - 1].End - start);
    }
}
