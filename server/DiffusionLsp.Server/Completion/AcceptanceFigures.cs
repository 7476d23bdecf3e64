using System.Globalization;
using System.Text.Json;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Completion;

/// <summary>
/// Counts what was shown and taken, by day and language, in one local file of JSON that its user may read, and erase at any
/// time: nothing else depends on it and nothing is sent anywhere. Servers of several windows add to the same file.
/// </summary>
internal sealed class AcceptanceFigures : IDisposable
{
    private static readonly TimeSpan _betweenWrites = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly string? _file;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Day, string Language), AcceptanceCount> _unwritten = [];
    private long? _written;

    /// <summary>Makes the figures.</summary>
    /// <param name="file">Where they are kept; null: nowhere.</param>
    /// <param name="time">The clock: what day it is, and when the file was written.</param>
    public AcceptanceFigures(string? file, TimeProvider time)
    {
        _file = file;
        _time = time;
    }

    /// <summary>A suggestion was shown.</summary>
    public void Shown(string language) => Add(language, new AcceptanceCount { Shown = 1 });

    /// <summary>A suggestion was taken.</summary>
    public void Accepted(string language) => Add(language, new AcceptanceCount { Accepted = 1 });

    /// <summary>What the file holds after this: by day, by language.</summary>
    public SortedDictionary<string, SortedDictionary<string, AcceptanceCount>> Read()
    {
        lock (_lock)
        {
            return Write() ?? [];
        }
    }

    /// <summary>The file; null: there is none.</summary>
    public string? FileName => _file;

    /// <summary>Writes what is not written yet.</summary>
    public void Dispose() => Read();

    private void Add(string language, AcceptanceCount count)
    {
        if (_file is null)
        {
            return;
        }

        lock (_lock)
        {
            var key = (_time.GetLocalNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), language);
            _unwritten[key] = _unwritten.GetValueOrDefault(key, new AcceptanceCount()) + count;
            if (_written is not { } last || _time.GetElapsedTime(last) >= _betweenWrites)
            {
                Write();
            }
        }
    }

    /// <summary>Adds to the file, which another server may hold just now or which cannot be written: then the next time.</summary>
    private SortedDictionary<string, SortedDictionary<string, AcceptanceCount>>? Write()
    {
        if (_file is null)
        {
            return null;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            using FileStream stream = new(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var figures = Read(stream);
            if (_unwritten.Count > 0)
            {
                foreach (var ((day, language), count) in _unwritten)
                {
                    var languages = figures.TryGetValue(day, out var known) ? known : figures[day] = new(StringComparer.Ordinal);
                    languages[language] = languages.GetValueOrDefault(language, new AcceptanceCount()) + count;
                }

                byte[] text = JsonSerializer.SerializeToUtf8Bytes(figures, _json);
                stream.Position = 0;
                stream.Write(text);
                stream.SetLength(text.Length);
                _unwritten.Clear();
            }

            _written = _time.GetTimestamp();
            return figures;
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A file that somebody has spoiled is begun anew: these are figures for people, and no more.
    private static SortedDictionary<string, SortedDictionary<string, AcceptanceCount>> Read(FileStream stream)
    {
        try
        {
            return stream.Length == 0
                ? new(StringComparer.Ordinal)
                : JsonSerializer.Deserialize<SortedDictionary<string, SortedDictionary<string, AcceptanceCount>>>(stream, _json) ?? new(StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            return new(StringComparer.Ordinal);
        }
    }
}
