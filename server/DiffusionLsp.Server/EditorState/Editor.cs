namespace DiffusionLsp.Server.EditorState;

/// <summary>
/// What the editor tells of itself beside its documents. In memory only; written by notifications in wire order, read
/// from any thread.
/// </summary>
internal sealed class Editor
{
    private volatile WorkspaceFolders _folders = new([]);
    private volatile EditorContext _context = EditorContext.Empty;
    private volatile string? _focused;

    /// <summary>The folders of the workspace.</summary>
    public WorkspaceFolders Folders
    {
        get => _folders;
        set => _folders = value;
    }

    /// <summary>The URI of the document that has the focus; null where none has, or the client does not say.</summary>
    public string? Focused
    {
        get => _focused;
        set => _focused = value;
    }

    /// <summary>What the user looks at beside the document at hand.</summary>
    public EditorContext Context
    {
        get => _context;
        set => _context = value;
    }

    /// <summary>What became of suggestions.</summary>
    public SuggestionUse Suggestions { get; } = new();
}
