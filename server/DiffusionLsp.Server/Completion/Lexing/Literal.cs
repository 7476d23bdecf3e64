namespace DiffusionLsp.Server.Completion.Lexing;

/// <summary>A string or a comment as it begins in code, and how its end is told.</summary>
/// <param name="OpenerLength">The characters that open it.</param>
/// <param name="Closer">What ends it; the empty text where the opener is all of it.</param>
internal sealed record Literal(int OpenerLength, string Closer)
{
    /// <summary>Takes the meaning of the character after it; null where nothing does.</summary>
    public char? Escape { get; init; }

    /// <summary>What begins code within it, a hole; null where there are none. As many closing braces end the hole.</summary>
    public string? Hole { get; init; }

    /// <summary>Whether it goes on past the end of the line.</summary>
    public bool SpansLines { get; init; }

    /// <summary>Whether a closer written twice stands for itself.</summary>
    public bool DoublesCloser { get; init; }
}
