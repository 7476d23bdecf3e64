using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Training.Fitting;

/// <summary>One line of a run's log; what it does not speak of is null.</summary>
internal sealed record LogEntry
{
    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>The training losses since the line before.</summary>
    public double? NextToken { get; init; }

    /// <inheritdoc cref="NextToken"/>
    public double? Span { get; init; }

    /// <summary>Tokens of context a second.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>The losses of the averaged weights on held-out text.</summary>
    [JsonPropertyName("heldout_next_token")]
    public double? HeldOutNextToken { get; init; }

    /// <inheritdoc cref="HeldOutNextToken"/>
    [JsonPropertyName("heldout_span")]
    public double? HeldOutSpan { get; init; }
}

/// <summary>
/// The log of a run, <c>log.jsonl</c>: one line at a time. A run that was killed repeats the steps since its last
/// checkpoint, so what stands before a step that comes again is what counts.
/// </summary>
internal sealed class RunLog(string folder)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly string _path = Path.Combine(folder, "log.jsonl");

    /// <summary>Adds a line; after half a line, which a kill can leave, it begins a new one.</summary>
    public void Append(LogEntry entry)
    {
        using var stream = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        bool isMidLine = false;
        if (stream.Length > 0)
        {
            stream.Seek(-1, SeekOrigin.End);
            isMidLine = stream.ReadByte() != '\n';
        }

        byte[] line = [.. isMidLine ? "\n"u8 : [], .. JsonSerializer.SerializeToUtf8Bytes(entry, s_json), (byte)'\n'];
        stream.Write(line);
    }

    /// <summary>The lines that count, in the order of their steps.</summary>
    public IReadOnlyList<LogEntry> Read()
    {
        var entries = new List<LogEntry>();
        foreach (string line in File.Exists(_path) ? File.ReadLines(_path) : [])
        {
            if (Parse(line) is { } entry)
            {
                int stale = entries.FindIndex(other => IsRepeatedBy(other, entry));
                entries.RemoveRange(stale < 0 ? entries.Count : stale, stale < 0 ? 0 : entries.Count - stale);
                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <summary>A training line and a validation's may speak of the same step.</summary>
    private static bool IsRepeatedBy(LogEntry entry, LogEntry later) =>
        entry.Step > later.Step || (entry.Step == later.Step && entry.HeldOutSpan.HasValue == later.HeldOutSpan.HasValue);

    private static LogEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<LogEntry>(line, s_json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
