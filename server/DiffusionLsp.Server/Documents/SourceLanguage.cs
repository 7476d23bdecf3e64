namespace DiffusionLsp.Server.Documents;

/// <summary>
/// The language of a text, by the name that models use for what they were trained on. The one table from what clients
/// and file names call a language to that name. It looks at names alone, never into the text.
/// </summary>
/// <param name="Name">The name in models; null where the table has none.</param>
/// <param name="Shown">What messages call it.</param>
internal readonly record struct SourceLanguage(string? Name, string Shown)
{
    /// <summary>Python.</summary>
    public const string Python = "python";

    /// <summary>JavaScript.</summary>
    public const string JavaScript = "javascript";

    /// <summary>TypeScript.</summary>
    public const string TypeScript = "typescript";

    /// <summary>C#.</summary>
    public const string CSharp = "csharp";

    private static readonly Dictionary<string, string> s_ofId = new(StringComparer.Ordinal)
    {
        [Python] = Python,
        [JavaScript] = JavaScript,
        ["javascriptreact"] = JavaScript,
        [TypeScript] = TypeScript,
        ["typescriptreact"] = TypeScript,
        [CSharp] = CSharp,

        // Neovim sends the name of its file type.
        ["cs"] = CSharp,
    };

    private static readonly Dictionary<string, string> s_ofExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".py"] = Python,
        [".pyi"] = Python,
        [".pyw"] = Python,
        [".js"] = JavaScript,
        [".jsx"] = JavaScript,
        [".mjs"] = JavaScript,
        [".cjs"] = JavaScript,
        [".ts"] = TypeScript,
        [".tsx"] = TypeScript,
        [".mts"] = TypeScript,
        [".cts"] = TypeScript,
        [".cs"] = CSharp,
        [".csx"] = CSharp,
    };

    /// <summary>The language of a document or notebook cell, by the client's language id.</summary>
    public static SourceLanguage OfId(string languageId) =>
        new(s_ofId.GetValueOrDefault(languageId), languageId.Length == 0 ? "text of no language" : languageId);

    /// <summary>The language of a file, by its extension.</summary>
    public static SourceLanguage OfFile(string path)
    {
        string extension = Path.GetExtension(path);
        return s_ofExtension.TryGetValue(extension, out string? name) ? new SourceLanguage(name, name)
            : extension.Length > 1 ? new SourceLanguage(null, $"{extension} files")
            : new SourceLanguage(null, $"files like {Path.GetFileName(path)}");
    }

    /// <summary>Whether a model that was trained on these languages (none: any) knows this one.</summary>
    public bool IsAmong(IReadOnlyList<string> trained) =>
        trained.Count == 0 || (Name is not null && trained.Contains(Name, StringComparer.Ordinal));
}
