using System.Text.Json;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// The fields of a JSON object in a file, read with their type and range checked, so that every complaint names the
/// file and the field. A field that is absent and one that is null are the same.
/// </summary>
internal readonly struct ConfigFields
{
    private readonly string _path;
    private readonly string _prefix;
    private readonly JsonElement _object;
    private readonly CheckpointLayout _layout;

    private ConfigFields(string path, string prefix, JsonElement element, CheckpointLayout? layout = null)
    {
        _path = path;
        _prefix = prefix;
        _object = element;
        _layout = layout ?? CheckpointLayout.Qwen;
    }

    /// <summary>The fields of the file's top-level object.</summary>
    public static ConfigFields Of(string path, JsonElement root) =>
        root.ValueKind == JsonValueKind.Object
            ? new ConfigFields(path, string.Empty, root)
            : throw CheckpointFault.In(path, "is not a JSON object.");

    /// <summary>These fields, asked for by Qwen2's names and found by those of a layout.</summary>
    public ConfigFields Named(CheckpointLayout layout) => new(_path, _prefix, _object, layout);

    /// <summary>The fields of an object within this one; null where it is absent.</summary>
    public ConfigFields? Nested(string name)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        return element.ValueKind == JsonValueKind.Object
            ? new ConfigFields(_path, $"{_prefix}{name}.", element)
            : throw Fault(name, $"is {Shown(element)}, not an object.");
    }

    /// <summary>A whole number that must be there.</summary>
    public int Int(string name, int least, int most) =>
        OptionalInt(name, least, most) ?? throw Fault(name, "is missing.");

    /// <summary>A whole number that may be absent.</summary>
    public int? OptionalInt(string name, int least, int most) =>
        Find(name) is { } element ? Int(name, element, least, most) : null;

    /// <summary>A whole number that may be absent, or a list of which the first counts.</summary>
    public int? OptionalIntOrFirst(string name, int least, int most)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        bool isList = element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0;
        return Int(name, isList ? element[0] : element, least, most);
    }

    /// <summary>A finite number from <paramref name="least"/> to <paramref name="most"/> that may be absent.</summary>
    public double? OptionalDouble(string name, double least, double most)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        return element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number)
            && number >= least && number <= most
                ? number
                : throw Fault(name, FormattableString.Invariant($"is {Shown(element)}, not a number from {least} to {most}."));
    }

    /// <summary>A list of so many finite numbers that may be absent.</summary>
    public IReadOnlyList<double>? OptionalDoubles(string name, int count, double least, double most)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        return element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == count
            && element.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double number) && number >= least && number <= most)
                ? [.. element.EnumerateArray().Select(item => item.GetDouble())]
                : throw Fault(name, FormattableString.Invariant($"is {Shown(element)}, not a list of {count} numbers from {least} to {most}."));
    }

    /// <summary>True or false that may be absent.</summary>
    public bool? OptionalBool(string name) => Find(name) is not { } element
        ? null
        : element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Fault(name, $"is {Shown(element)}, not true or false."),
        };

    /// <summary>Text that must be there.</summary>
    public string Text(string name) => OptionalText(name) ?? throw Fault(name, "is missing.");

    /// <summary>Text that may be absent.</summary>
    public string? OptionalText(string name) =>
        Find(name) is { } element ? Text(name, element) : null;

    /// <summary>A list of texts; empty where it is absent.</summary>
    public IReadOnlyList<string> Texts(string name) => OptionalTexts(name) ?? [];

    /// <summary>A list of texts that may be absent.</summary>
    public IReadOnlyList<string>? OptionalTexts(string name)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Fault(name, $"is {Shown(element)}, not a list of texts.");
        }

        var texts = new List<string>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
        {
            texts.Add(Text(name, item));
        }

        return texts;
    }

    /// <summary>An object of texts that must be there.</summary>
    public Dictionary<string, string> RequiredTexts(string name)
    {
        var nested = Nested(name) ?? throw Fault(name, "is missing.");
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in nested._object.EnumerateObject())
        {
            texts.Add(property.Name, nested.Text(property.Name, property.Value));
        }

        return texts;
    }

    /// <summary>An object of whole numbers that must be there, in the order of the file.</summary>
    public List<KeyValuePair<string, int>> RequiredInts(string name, int least, int most)
    {
        var nested = Nested(name) ?? throw Fault(name, "is missing.");
        var numbers = new List<KeyValuePair<string, int>>();
        foreach (var property in nested._object.EnumerateObject())
        {
            numbers.Add(new(property.Name, nested.Int(property.Name, property.Value, least, most)));
        }

        return numbers;
    }

    /// <summary>A list that must be there, of texts or of pairs of texts, which become <c>"FIRST SECOND"</c>.</summary>
    public IReadOnlyList<string> RequiredTextsOrPairs(string name)
    {
        var texts = new List<string>();
        foreach (var item in Items(name) ?? throw Fault(name, "is missing."))
        {
            texts.Add(item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 2
                ? $"{Text(name, item[0])} {Text(name, item[1])}"
                : Text(name, item));
        }

        return texts;
    }

    /// <summary>The fields of each object in a list; none where it is absent.</summary>
    public IReadOnlyList<ConfigFields> NestedList(string name)
    {
        var objects = new List<ConfigFields>();
        foreach (var item in Items(name) ?? [])
        {
            string itemName = $"{name}[{objects.Count}]";
            objects.Add(item.ValueKind == JsonValueKind.Object
                ? new ConfigFields(_path, $"{_prefix}{itemName}.", item)
                : throw Fault(itemName, $"is {Shown(item)}, not an object."));
        }

        return objects;
    }

    /// <summary>Whether a field is there and says that there is nothing.</summary>
    public bool IsNull(string name) =>
        _object.TryGetProperty(_layout.FieldName(name), out var element) && element.ValueKind == JsonValueKind.Null;

    /// <summary>A complaint about one of the fields.</summary>
    public CheckpointException Fault(string name, string problem) =>
        CheckpointFault.In(_path, _prefix + _layout.FieldName(name), problem);

    private int Int(string name, JsonElement element, int least, int most) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number)
        && number >= least && number <= most
            ? number
            : throw Fault(name, $"is {Shown(element)}, not a whole number from {least} to {most}.");

    private string Text(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw Fault(name, $"is {Shown(element)}, not text.");
        }

        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault(name, "holds text that is not valid Unicode.");
        }
    }

    private IEnumerable<JsonElement>? Items(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
        { } other => throw Fault(name, $"is {Shown(other)}, not a list."),
    };

    private JsonElement? Find(string name) =>
        _object.TryGetProperty(_layout.FieldName(name), out var element) && element.ValueKind != JsonValueKind.Null ? element : null;

    private static string Shown(JsonElement element) => CheckpointFault.Shown(element.GetRawText());
}
