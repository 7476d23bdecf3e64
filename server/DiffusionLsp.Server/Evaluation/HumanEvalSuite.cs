using System.IO.Compression;
using System.Text;
using System.Text.Json;
using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// HumanEval-Infilling (openai/human-eval-infilling; Bavarian et al. 2022) and files of the same fields: Python with
/// a gap, and a test of the whole. One JSON object a line; where it has no test, only the exact match counts.
/// </summary>
internal static class HumanEvalSuite
{
    private const string Prompt = "prompt";
    private const string Suffix = "suffix";
    private const string Solution = "canonical_solution";
    private const string EntryPoint = "entry_point";
    private const string Test = "test";

    private static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    private static readonly Dictionary<string, string> s_files = new(StringComparer.Ordinal)
    {
        ["single-line"] = "HumanEval-SingleLineInfilling.jsonl.gz",
        ["multi-line"] = "HumanEval-MultiLineInfilling.jsonl.gz",
        ["random-span"] = "HumanEval-RandomSpanInfilling.jsonl.gz",
        ["random-span-light"] = "HumanEval-RandomSpanInfillingLight.jsonl.gz",
    };

    /// <summary>The suites that come with the executable.</summary>
    public static IReadOnlyCollection<string> Names => s_files.Keys;

    /// <summary>The file of a suite that comes with the executable; null for another name.</summary>
    public static string? FileOf(string name) => s_files.GetValueOrDefault(name);

    /// <summary>Whether a name is that of a file with items.</summary>
    public static bool IsFile(string name) => name.EndsWith(".jsonl", StringComparison.Ordinal) || IsCompressed(name);

    /// <summary>Reads a file; with a limit it keeps as many items, evenly spread and the same every time.</summary>
    /// <exception cref="BadInputException">It cannot be read, or a line is not as it should be.</exception>
    public static EvalSuite Read(SuiteChoice choice, string path)
    {
        var items = ReadItems(path);
        int count = Math.Min(choice.Limit ?? items.Count, items.Count);
        return new EvalSuite
        {
            Name = Path.GetFileName(choice.Name),
            Language = "python",
            Items = [.. Enumerable.Range(0, count).Select(i => items[(int)((long)i * items.Count / count)])],
            Compared = ComparedText.OfLines,
        };
    }

    private static List<EvalItem> ReadItems(string path)
    {
        var items = new List<EvalItem>();
        int number = 0;
        try
        {
            using var file = File.OpenRead(path);
            using Stream plain = IsCompressed(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var reader = new StreamReader(plain, s_strictUtf8);
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                {
                    items.Add(ItemOf(line));
                }
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadInputException($"{path} does not exist: check the name, or the folder you are in.", e);
        }
        catch (JsonException e)
        {
            // The reader counts lines of its own, of which there is one.
            string message = e.Message.Split(" LineNumber:")[0];
            throw new BadInputException($"{path}:{number}: {message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or DecoderFallbackException)
        {
            throw new BadInputException($"{path} cannot be read after line {number} ({e.Message.TrimEnd('.')}): fetch it again.", e);
        }

        return items.Count > 0 ? items : throw new BadInputException($"{path} holds no items: one JSON object a line.");
    }

    private static bool IsCompressed(string path) => path.EndsWith(".jsonl.gz", StringComparison.Ordinal);

    private static EvalItem ItemOf(string line)
    {
        using var json = JsonDocument.Parse(line);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("a line must be a JSON object.");
        }

        var (entryPoint, test) = (Optional(json, EntryPoint), Optional(json, Test));
        if (entryPoint is null != test is null)
        {
            throw new JsonException($"'{EntryPoint}' and '{Test}' need each other: give both or neither.");
        }

        return new EvalItem(Required(json, Prompt), Required(json, Suffix), Required(json, Solution))
        {
            Test = test is null ? null : $"{test}\ncheck({entryPoint})\n",
        };
    }

    private static string Required(JsonDocument json, string field) =>
        Optional(json, field) ?? throw new JsonException($"'{field}' is missing.");

    private static string? Optional(JsonDocument json, string field)
    {
        if (!json.RootElement.TryGetProperty(field, out var value))
        {
            return null;
        }

        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new JsonException($"'{field}' must be a text.");
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"'{field}' holds half of a surrogate pair.", e);
        }
    }
}
