using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using DiffusionLsp.Server.Protocol;
using DiffusionLsp.Tests;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Tests.Protocol;

/// <summary>
/// Every wire record against the protocol's own model: names, types, and what may be left out. A record may leave out
/// what the protocol makes optional; whatever it has, it has as the protocol does.
/// </summary>
public sealed class MetaModelTests
{
    private static readonly JsonObject _metaModel =
        JsonNode.Parse(File.ReadAllText(TestData.PathOf("lsp", "metaModel-3.18.json")))!.AsObject();

    private static readonly Type[] _ours =
    [
        typeof(DiffusionStatusParams), typeof(DiffusionState), typeof(RequestEntry), typeof(RequestOutcome), typeof(AcceptanceReport), typeof(AcceptanceCount), typeof(LspJson), typeof(DocumentTextConverter),
        typeof(Outgoing<>), typeof(OutgoingMessages), typeof(DidFocusParams), typeof(DenoisingStepParams),
        typeof(DenoisingCell), typeof(DenoisingCellState), typeof(EditorContextParams), typeof(VisibleEditor),
        typeof(RecentPlace), typeof(KnownDefinition), typeof(ModelReport), typeof(ModelEntry), typeof(ModelState),
        typeof(ModelSupport), typeof(ModelFit), typeof(ModelEvent),
    ];

    private static readonly IReadOnlyList<Type> _types =
        [.. typeof(LspJson).Assembly.GetTypes().Where(type => type.Namespace == typeof(LspJson).Namespace
            && !type.IsNested && !_ours.Contains(type))];

    public static TheoryData<string> Records() => [.. _types.Where(type => !type.IsEnum).Select(type => type.Name)];

    public static TheoryData<string> Enums() => [.. _types.Where(type => type.IsEnum).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Records))]
    public void A_record_is_as_the_protocol_has_it(string name)
    {
        Type record = _types.Single(type => type.Name == name);
        Assert.Empty(Differences(LspJson.Default.GetTypeInfo(record)!, Members(name)));
    }

    [Fact]
    public void A_record_that_is_not_as_the_protocol_has_it_is_found_out()
    {
        Member line = new("line", Named("base", "uinteger"), IsOptional: false);
        Member character = new("character", Named("base", "uinteger"), IsOptional: false);
        Member version = new("version", Named("base", "string"), IsOptional: false);
        JsonTypeInfo position = LspJson.Default.GetTypeInfo(typeof(Position))!;
        JsonTypeInfo server = LspJson.Default.GetTypeInfo(typeof(ServerInfo))!;

        Assert.Empty(Differences(position, [line, character]));
        Assert.Equal(["character: unknown"], Differences(position, [line]));
        Assert.Equal(["version: missing"], Differences(position, [line, character, version]));
        Assert.Equal(["line: not a string"], Differences(position, [line with { Type = version.Type }, character]));
        Assert.Contains("line: must be optional", Differences(position, [line with { IsOptional = true }, character]));
        Assert.Equal(["version: must be required"], Differences(server, [version with { Name = "name" }, version]));
    }

    [Fact]
    public void A_list_or_a_map_of_other_things_is_found_out()
    {
        JsonTypeInfo edit = LspJson.Default.GetTypeInfo(typeof(WorkspaceEdit))!;
        IReadOnlyList<Member> members = Members(nameof(WorkspaceEdit));
        Member changes = members.Single(member => member.Name == "changes");
        Member versions = members.Single(member => member.Name == "documentChanges");

        Assert.Equal(
            ["changes: not a ", "documentChanges: not a "],
            Differences(edit, [
                .. members.Except([changes, versions]),
                changes with { Type = versions.Type },
                versions with { Type = changes.Type },
            ]));
    }

    [Theory]
    [MemberData(nameof(Enums))]
    public void An_enumeration_is_as_the_protocol_has_it(string name)
    {
        Type type = _types.Single(candidate => candidate.Name == name);
        JsonNode meta = Find("enumerations", name)!;
        Assert.Equal(
            meta["values"]!.AsArray().Select(value => (Capital((string)value!["name"]!), (int)value["value"]!)),
            Enum.GetValuesAsUnderlyingType(type).Cast<int>().Select(value => (Enum.GetName(type, value)!, value)));
    }

    [Fact]
    public void Every_endpoint_is_one_of_the_protocols_or_one_of_the_few_that_are_not()
    {
        string[] known = [.. _metaModel["requests"]!.AsArray().Concat(_metaModel["notifications"]!.AsArray())
            .Select(message => (string)message!["method"]!)];
        string[] endpoints = [.. typeof(LanguageServer).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(method => method.GetCustomAttribute<JsonRpcMethodAttribute>()?.Name ?? $"{method.Name} without a name")];
        Assert.NotEmpty(endpoints);
        Assert.Equal(
            [
                "diffusion/editorContext", "textDocument/didFocus", "textDocument/didPartiallyAcceptCompletion",
                "textDocument/didShowCompletion",
            ],
            endpoints.Except(known).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Differences(JsonTypeInfo record, IReadOnlyList<Member> members)
    {
        foreach (JsonPropertyInfo property in record.Properties.Where(ours => members.All(member => member.Name != ours.Name)))
        {
            yield return $"{property.Name}: unknown";
        }

        foreach (Member member in members)
        {
            JsonPropertyInfo? property = record.Properties.SingleOrDefault(ours => ours.Name == member.Name);
            bool isNullable = Alternatives(member.Type).Any(type => (string?)type["name"] == "null");
            if (property is null)
            {
                if (!member.IsOptional)
                {
                    yield return $"{member.Name}: missing";
                }

                continue;
            }

            if (!Alternatives(member.Type).Any(type => Fits(Bare(property.PropertyType), type)))
            {
                yield return $"{member.Name}: not a {member.Type["name"]}";
            }

            bool mayBeLeftOut = member.IsOptional || isNullable;
            if (property.IsRequired == mayBeLeftOut)
            {
                yield return $"{member.Name}: must be {(mayBeLeftOut ? "optional" : "required")}";
            }

            if (mayBeLeftOut && !property.IsGetNullable && Nullable.GetUnderlyingType(property.PropertyType) is null)
            {
                yield return $"{member.Name}: must be nullable";
            }
        }
    }

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static bool Fits(Type type, JsonNode meta)
    {
        string? name = (string?)meta["name"];
        return (string?)meta["kind"] switch
        {
            _ when type == typeof(JsonElement) => true,
            "base" => name switch
            {
                "string" or "DocumentUri" or "URI" => type == typeof(string),
                "integer" or "uinteger" => type == typeof(int),
                "boolean" => type == typeof(bool),
                _ => false,
            },
            "array" => type.IsGenericType
                && Alternatives(meta["element"]!).Any(element => Fits(type.GetGenericArguments()[0], element)),
            "map" => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
                && Fits(type.GetGenericArguments()[0], meta["key"]!) && Fits(type.GetGenericArguments()[1], meta["value"]!),
            "or" => Alternatives(meta).Any(alternative => Fits(type, alternative)),
            "stringLiteral" => type == typeof(string),
            "reference" when Find("typeAliases", name!) is { } alias && type.Name != name =>
                Alternatives(alias["type"]!).Any(alternative => Fits(type, alternative)),
            "reference" => type.Name == name
                || (type == typeof(string) && (string?)Find("enumerations", name!)?["type"]!["name"] == "string"),
            _ => false,
        };
    }

    // The protocol writes the names of some in lower case.
    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static IEnumerable<JsonNode> Alternatives(JsonNode type) =>
        (string?)type["kind"] == "or" ? type["items"]!.AsArray().SelectMany(item => Alternatives(item!)) : [type];

    private static IReadOnlyList<Member> Members(string name)
    {
        if (Find("structures", name) is { } structure)
        {
            return [.. Own(structure).Concat(Inherited(structure).SelectMany(Members))];
        }

        // A union of records is one record here: what not all of them have is optional.
        IReadOnlyList<Member>[] alternatives = [.. Alternatives(Find("typeAliases", name)!["type"]!)
            .Select(alternative => Members((string)alternative["name"]!))];
        return [.. alternatives.SelectMany(members => members).GroupBy(member => member.Name).Select(same =>
            same.First() with { IsOptional = same.Count() < alternatives.Length || same.Any(member => member.IsOptional) })];
    }

    private static IEnumerable<Member> Own(JsonNode structure) => structure["properties"]!.AsArray().Select(property =>
        new Member((string)property!["name"]!, property["type"]!, (bool?)property["optional"] ?? false));

    private static IEnumerable<string> Inherited(JsonNode structure) =>
        ((string[])["extends", "mixins"]).SelectMany(kind => structure[kind]?.AsArray() ?? []).Select(parent => (string)parent!["name"]!);

    private static JsonNode? Find(string kind, string name) =>
        _metaModel[kind]!.AsArray().SingleOrDefault(candidate => (string)candidate!["name"]! == name);

    private static JsonObject Named(string kind, string name) => new() { ["kind"] = kind, ["name"] = name };

    private sealed record Member(string Name, JsonNode Type, bool IsOptional);
}
