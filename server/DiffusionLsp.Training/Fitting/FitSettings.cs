using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Sets <see cref="FitOptions"/> by the names that run.json gives them, from a command line or a file, and checks what
/// comes out. It knows neither of the two.
/// </summary>
internal static class FitSettings
{
    private static readonly string[] s_mayChange = ["steps", "decay_steps", "minutes", "checkpoint_every", "validate_every"];

    private static readonly Dictionary<string, (double Least, double Most)> s_ranges = new(StringComparer.Ordinal)
    {
        ["steps"] = (1, int.MaxValue),
        ["warmup_steps"] = (0, int.MaxValue),
        ["decay_steps"] = (0, int.MaxValue),
        ["batch_size"] = (1, 1 << 16),
        ["context_length"] = (2, 1 << 20),
        ["header_tokens"] = (0, 1 << 20),
        ["noisy_length"] = (0, 1 << 20),
        ["max_span"] = (1, 1 << 16),
        ["expand_share"] = (0, 1),
        ["matrix_rate"] = (0, 1e3),
        ["vector_rate"] = (0, 1e3),
        ["embedding_rate"] = (0, 1e3),
        ["span_weight"] = (1e-6, 1e6),
        ["checkpoint_every"] = (1, int.MaxValue),
        ["validate_every"] = (1, int.MaxValue),
        ["ema_decay"] = (0, 0.9999999),
        ["minutes"] = (0.001, 1e6),
    };

    /// <summary>Reads <c>name=value</c>; what is no number, true, false or null is text.</summary>
    public static KeyValuePair<string, JsonNode?> Parse(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new EngineException($"'{setting}' sets nothing; write name=value. {Known}");
        }

        string name = setting[..equals].Trim();
        string value = setting[(equals + 1)..].Trim();
        try
        {
            return new(name, JsonNode.Parse(value));
        }
        catch (JsonException)
        {
            return new(name, JsonValue.Create(value));
        }
    }

    /// <summary>All options as settings: setting them on any options gives these.</summary>
    public static IReadOnlyList<KeyValuePair<string, JsonNode?>> Of(FitOptions options) =>
        [.. JsonSerializer.SerializeToNode(options, FitOptions.Json)!.AsObject()];

    /// <summary>The options with some of them set.</summary>
    /// <exception cref="EngineException">A name is unknown, or a value is none for it.</exception>
    public static FitOptions Apply(FitOptions options, IEnumerable<KeyValuePair<string, JsonNode?>> settings)
    {
        foreach (var (name, value) in settings)
        {
            var fields = JsonSerializer.SerializeToNode(options, FitOptions.Json)!.AsObject();
            if (!fields.ContainsKey(name))
            {
                throw new EngineException($"there is no option '{name}'. {Known}");
            }

            fields[name] = value?.DeepClone();
            try
            {
                options = fields.Deserialize<FitOptions>(FitOptions.Json)!;
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                throw new EngineException($"{value?.ToJsonString() ?? "null"} is no value of {name}. {Known}", exception);
            }

            RequireRange(name, value);
        }

        return options;
    }

    /// <summary>Refuses what cannot change in a run that has begun.</summary>
    public static void RequireResumable(FitOptions recorded, FitOptions wanted, string folder)
    {
        foreach (var ((name, before), (_, after)) in Of(recorded).Zip(Of(wanted)))
        {
            if (!JsonNode.DeepEquals(before, after) && !s_mayChange.Contains(name))
            {
                throw new EngineException(
                    $"{folder} was begun with {name} {before?.ToJsonString() ?? "null"}, not {after?.ToJsonString() ?? "null"}; "
                    + $"only {string.Join(", ", s_mayChange)} may change: give the run a new folder.");
            }
        }
    }

    private static string Known =>
        $"The options, with their defaults: {string.Join(", ", Of(new FitOptions()).Select(option => $"{option.Key} ({option.Value?.ToJsonString() ?? "null"})"))}.";

    private static void RequireRange(string name, JsonNode? value)
    {
        if (value?.GetValueKind() == JsonValueKind.Number && s_ranges.TryGetValue(name, out var range)
            && value.Deserialize<double>() is var number && !(number >= range.Least && number <= range.Most))
        {
            throw new EngineException(string.Create(
                CultureInfo.InvariantCulture,
                $"{value.ToJsonString()} is no value of {name}, which goes from {range.Least} to {range.Most}. {Known}"));
        }
    }
}
