using System.Diagnostics;
using System.Text.Json.Nodes;
using DiffusionLsp.Server.Tests.Support;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Soak;

/// <summary>
/// Somebody types real files into the built server: each round is one edit, the next few characters of the file, and one
/// automatic request behind it.
/// </summary>
internal sealed class TypingSession(ServedExecutable server, int seed)
{
    private readonly Random _random = new(seed);
    private readonly string[] _files =
    [
        .. Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "samples")).Order(StringComparer.Ordinal)
            .Where(file => file.EndsWith(".py", StringComparison.Ordinal) || file.EndsWith(".ts", StringComparison.Ordinal)
                || file.EndsWith(".cs", StringComparison.Ordinal))
            .Select(File.ReadAllText),
    ];

    private string _uri = "";
    private string _text = "";
    private string _rest = "";
    private int _line;
    private int _character;
    private int _version;
    private int _opened;

    /// <summary>Milliseconds of each round's request.</summary>
    public List<double> Milliseconds { get; } = [];

    /// <summary>Rounds that were answered with text.</summary>
    public int Answered { get; private set; }

    /// <summary>Types on and asks.</summary>
    public async Task RoundAsync()
    {
        await TypeAsync();
        long start = Stopwatch.GetTimestamp();
        JsonNode? list = await server.RequestAsync("textDocument/inlineCompletion", Request());
        Milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        Answered += string.IsNullOrEmpty((string?)list?["items"]?[0]?["insertText"]) ? 0 : 1;
    }

    /// <summary>Types on, asks, and takes the request back; gives the milliseconds until the server has answered that.</summary>
    public async Task<double> CancelledRoundAsync()
    {
        await TypeAsync();
        int id = await server.BeginAsync("textDocument/inlineCompletion", Request());
        long start = Stopwatch.GetTimestamp();
        await server.NotifyAsync("$/cancelRequest", new { id });
        await server.AnswerAsync(id);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private object Request() => new
    {
        textDocument = new { uri = _uri },
        position = new { line = _line, character = _character },
        context = new { triggerKind = 2 },
    };

    private async Task TypeAsync()
    {
        if (_rest.Length == 0)
        {
            await OpenAsync();
        }

        string typed = _rest[..Math.Min(_rest.Length, 1 + _random.Next(3))];
        _rest = _rest[typed.Length..];
        var position = new { line = _line, character = _character };
        await server.NotifyAsync("textDocument/didChange", new
        {
            textDocument = new { uri = _uri, version = ++_version },
            contentChanges = new[] { new { range = new { start = position, end = position }, text = typed } },
        });
        _text += typed;
        int breaks = typed.Count(c => c == '\n');
        _line += breaks;
        _character = breaks == 0 ? _character + typed.Length : typed.Length - typed.LastIndexOf('\n') - 1;
    }

    /// <summary>Opens a file up to some line of it; the rest is what will be typed, up to a few lines further on.</summary>
    private async Task OpenAsync()
    {
        if (_opened > 0)
        {
            await server.NotifyAsync("textDocument/didClose", new { textDocument = new { uri = _uri } });
        }

        string file = _files[_random.Next(_files.Length)].ReplaceLineEndings("\n");
        int cursor = file.IndexOf('\n', _random.Next(file.Length / 2)) + 1;
        int end = Math.Min(file.Length, cursor + 400);
        string language = file.Contains("using ", StringComparison.Ordinal) ? "csharp"
            : file.Contains("export ", StringComparison.Ordinal) ? "typescript" : "python";
        _uri = $"file:///soak/{++_opened}";
        _text = file[..cursor];
        _rest = file[cursor..end];
        _version = 1;
        _line = _text.Count(c => c == '\n');
        _character = 0;
        await server.NotifyAsync("textDocument/didOpen", new
        {
            textDocument = new { uri = _uri, languageId = language, version = 1, text = _text + file[end..] },
        });
    }
}
