namespace DiffusionLsp.Server.Completion;

/// <summary>
/// Suggestions that were made, for the user who types them: while the typed characters follow a suggestion, the rest
/// of it is the answer, without the engine. Keyed on both sides of the gap, since a masked-diffusion model reads
/// both. In memory only and bounded; source text never reaches a disk.
/// </summary>
internal sealed class SuggestionCache
{
    /// <summary>The most suggestions kept; the oldest goes first.</summary>
    public const int Capacity = 64;

    private readonly Lock _lock = new();
    private readonly List<Entry> _newestFirst = [];

    /// <summary>Keeps a suggestion for a gap.</summary>
    public void Add(string uri, ContextWindow window, string middle)
    {
        lock (_lock)
        {
            _newestFirst.Insert(0, new Entry(uri, window, middle));
            if (_newestFirst.Count > Capacity)
            {
                _newestFirst.RemoveAt(Capacity);
            }
        }
    }

    /// <summary>
    /// What is left of a kept suggestion at a gap: all of it where the gap is the same, the untyped rest where the
    /// user typed its beginning or stepped back within it. Null where there is none, or nothing left.
    /// </summary>
    public string? Find(string uri, ContextWindow window)
    {
        lock (_lock)
        {
            foreach (Entry entry in _newestFirst)
            {
                if (entry.Uri == uri && entry.RestAt(window) is { } rest)
                {
                    return rest;
                }
            }

            return null;
        }
    }

    /// <summary>Forgets a document's suggestions.</summary>
    public void Forget(string uri)
    {
        lock (_lock)
        {
            _newestFirst.RemoveAll(entry => entry.Uri == uri);
        }
    }

    /// <summary>Forgets everything: what changed is how suggestions are made.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _newestFirst.Clear();
        }
    }

    private sealed record Entry(string Uri, ContextWindow Window, string Middle)
    {
        public string? RestAt(ContextWindow window)
        {
            if (window.Suffix != Window.Suffix)
            {
                return null;
            }

            for (int typed = 0; typed < Middle.Length; typed++)
            {
                // Half a surrogate pair is no text to show, even where the client says that the other half is typed.
                if (!char.IsLowSurrogate(Middle[typed]) && IsTyped(window.Prefix, typed))
                {
                    return Middle[typed..];
                }
            }

            return null;
        }

        private bool IsTyped(ReadOnlySpan<char> prefix, int typed) =>
            prefix.EndsWith(Middle.AsSpan(0, typed), StringComparison.Ordinal)
            && Near(prefix[..^typed]).SequenceEqual(Near(Window.Prefix));

        // A window that was cut begins some lines later once there is more text, so the far end says nothing.
        private static ReadOnlySpan<char> Near(ReadOnlySpan<char> prefix) =>
            prefix.Length <= ContextWindow.PrefixBudget / 2 ? prefix : prefix[^(ContextWindow.PrefixBudget / 2)..];
    }
}
