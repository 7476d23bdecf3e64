namespace DiffusionLsp.Server.Protocol;

/// <summary>The server's options for <c>textDocument/completion</c>.</summary>
internal sealed record CompletionOptions
{
    /// <summary>Characters after which the client asks too; it asks within words anyway.</summary>
    public IReadOnlyList<string>? TriggerCharacters { get; init; }
}

/// <summary>The parameters of <c>textDocument/completion</c>.</summary>
internal sealed record CompletionParams
{
    /// <summary>The document.</summary>
    public required TextDocumentIdentifier TextDocument { get; init; }

    /// <summary>The cursor.</summary>
    public required Position Position { get; init; }
}

/// <summary>The answer to <c>textDocument/completion</c>.</summary>
internal sealed record CompletionList
{
    /// <summary>Whether the client asks again when the user types on.</summary>
    public required bool IsIncomplete { get; init; }

    /// <summary>The items.</summary>
    public required IReadOnlyList<CompletionItem> Items { get; init; }
}

/// <summary>One item of the pop-up.</summary>
internal sealed record CompletionItem
{
    /// <summary>What the pop-up shows.</summary>
    public required string Label { get; init; }

    /// <summary>What kind of thing it is.</summary>
    public CompletionItemKind? Kind { get; init; }

    /// <summary>What the pop-up shows beside it.</summary>
    public string? Detail { get; init; }

    /// <summary>Whether it is selected when the pop-up opens.</summary>
    public bool? Preselect { get; init; }

    /// <summary>What the client holds against the word at the cursor to decide whether to show it.</summary>
    public string? FilterText { get; init; }

    /// <summary>Whether a dollar sign means more than itself.</summary>
    public InsertTextFormat? InsertTextFormat { get; init; }

    /// <summary>Whether the client indents the lines.</summary>
    public InsertTextMode? InsertTextMode { get; init; }

    /// <summary>What taking it does to the document.</summary>
    public TextEdit? TextEdit { get; init; }
}

/// <summary>What a dollar sign in a text means.</summary>
internal enum InsertTextFormat
{
    /// <summary>Itself.</summary>
    PlainText = 1,

    /// <summary>A place to fill in.</summary>
    Snippet = 2,
}

/// <summary>What the client does about the indentation of several lines.</summary>
internal enum InsertTextMode
{
    /// <summary>Nothing.</summary>
    AsIs = 1,

    /// <summary>It adds the indentation of the cursor's line.</summary>
    AdjustIndentation = 2,
}

/// <summary>What kind of thing an item is.</summary>
internal enum CompletionItemKind
{
    /// <summary>Any text.</summary>
    Text = 1,

    /// <summary>A method.</summary>
    Method = 2,

    /// <summary>A function.</summary>
    Function = 3,

    /// <summary>A constructor.</summary>
    Constructor = 4,

    /// <summary>A field.</summary>
    Field = 5,

    /// <summary>A variable.</summary>
    Variable = 6,

    /// <summary>A class.</summary>
    Class = 7,

    /// <summary>An interface.</summary>
    Interface = 8,

    /// <summary>A module.</summary>
    Module = 9,

    /// <summary>A property.</summary>
    Property = 10,

    /// <summary>A unit.</summary>
    Unit = 11,

    /// <summary>A value.</summary>
    Value = 12,

    /// <summary>An enum.</summary>
    Enum = 13,

    /// <summary>A keyword.</summary>
    Keyword = 14,

    /// <summary>A snippet.</summary>
    Snippet = 15,

    /// <summary>A color.</summary>
    Color = 16,

    /// <summary>A file.</summary>
    File = 17,

    /// <summary>A reference.</summary>
    Reference = 18,

    /// <summary>A folder.</summary>
    Folder = 19,

    /// <summary>An enum member.</summary>
    EnumMember = 20,

    /// <summary>A constant.</summary>
    Constant = 21,

    /// <summary>A struct.</summary>
    Struct = 22,

    /// <summary>An event.</summary>
    Event = 23,

    /// <summary>An operator.</summary>
    Operator = 24,

    /// <summary>A type parameter.</summary>
    TypeParameter = 25,
}
