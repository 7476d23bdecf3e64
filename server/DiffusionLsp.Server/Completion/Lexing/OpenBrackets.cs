namespace DiffusionLsp.Server.Completion.Lexing;

/// <summary>The brackets that are open at a place in a text. It counts whatever brackets it is shown.</summary>
internal sealed class OpenBrackets
{
    private const string Openers = "([{";
    private const string Closers = ")]}";

    private readonly List<char> _open;

    /// <summary>Nothing is open.</summary>
    public OpenBrackets() => _open = [];

    private OpenBrackets(OpenBrackets other) => _open = [.. other._open];

    /// <summary>How many are open.</summary>
    public int Count => _open.Count;

    /// <summary>The innermost one; null where none is open.</summary>
    public char? Innermost => _open.Count == 0 ? null : _open[^1];

    /// <summary>Whether a character opens a bracket.</summary>
    public static bool IsOpener(char character) => Openers.Contains(character, StringComparison.Ordinal);

    /// <summary>Whether a character closes a bracket.</summary>
    public static bool IsCloser(char character) => Closers.Contains(character, StringComparison.Ordinal);

    /// <summary>The bracket that a closing one closes.</summary>
    public static char OpenerOf(char closer) => Openers[Closers.IndexOf(closer, StringComparison.Ordinal)];

    /// <summary>Follows a text through its brackets.</summary>
    /// <returns>The opening brackets that the text closes without having them, innermost first.</returns>
    public IReadOnlyList<char> Read(ReadOnlySpan<char> text)
    {
        List<char> missing = [];
        foreach (char character in text)
        {
            if (IsOpener(character))
            {
                _open.Add(character);
            }
            else if (IsCloser(character) && !TryClose(character))
            {
                missing.Add(OpenerOf(character));
            }
        }

        return missing;
    }

    /// <summary>Closes the innermost bracket of a kind, and with it what was left open within.</summary>
    public bool TryClose(char closer)
    {
        int opener = _open.LastIndexOf(OpenerOf(closer));
        if (opener < 0)
        {
            return false;
        }

        _open.RemoveRange(opener, _open.Count - opener);
        return true;
    }

    /// <summary>The same brackets, to go on with by themselves.</summary>
    public OpenBrackets Copy() => new(this);

    /// <summary>Whether the outermost brackets are these, innermost first.</summary>
    public bool BeginWith(IReadOnlyList<char> brackets) =>
        brackets.Count <= _open.Count && _open.Take(brackets.Count).SequenceEqual(brackets.Reverse());

    /// <summary>Whether the innermost brackets are these, innermost first.</summary>
    public bool EndIn(IReadOnlyList<char> brackets) =>
        brackets.Count <= _open.Count && _open.AsEnumerable().Reverse().Take(brackets.Count).SequenceEqual(brackets);
}
