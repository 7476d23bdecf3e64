using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Protocol;
using DiffusionLsp.Tests;
using StreamJsonRpc;

namespace DiffusionLsp.Server.Tests.Protocol;

/// <summary>docs/protocol.md against the code: every message and every field of our own is in both, or in neither.</summary>
public sealed partial class ProtocolPageTests
{
    private static readonly string _page =
        File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "docs", "protocol.md")).ReplaceLineEndings("\n");

    private static readonly IReadOnlyDictionary<string, Type> _received = typeof(LanguageServer)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.GetCustomAttribute<JsonRpcMethodAttribute>() is not null)
        .ToDictionary(
            method => method.GetCustomAttribute<JsonRpcMethodAttribute>()!.Name!,
            method => method.GetParameters().FirstOrDefault()?.ParameterType ?? typeof(void));

    private static readonly IReadOnlyDictionary<string, Type> _sent = typeof(OutgoingMessages)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .ToDictionary(
            field => (string)field.FieldType.GetProperty("Method")!.GetValue(field.GetValue(null))!,
            field => field.FieldType.GetGenericArguments()[0]);

    public static TheoryData<string> OwnMessages() =>
        [.. _received.Concat(_sent).Select(message => message.Key).Where(IsOurs)];

    [Fact]
    public void Every_message_that_the_server_takes_is_on_the_page_and_the_other_way_round() =>
        Assert.Equal(_received.Keys.Order(StringComparer.Ordinal), FirstColumn("## From the client").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_message_that_the_server_sends_is_on_the_page_and_the_other_way_round() =>
        Assert.Equal(_sent.Keys.Order(StringComparer.Ordinal), FirstColumn("## From the server").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_message_of_our_own_has_its_section_and_the_other_way_round() =>
        Assert.Equal(
            _received.Keys.Concat(_sent.Keys).Where(IsOurs).Order(StringComparer.Ordinal),
            OwnHeading().Matches(_page).Select(heading => heading.Groups["method"].Value).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(OwnMessages))]
    public void Every_field_of_a_message_of_our_own_is_on_the_page_and_the_other_way_round(string method)
    {
        Type record = _received.GetValueOrDefault(method) ?? _sent[method];
        string[] fields = [.. Fields(record, "")];
        Assert.NotEmpty(fields);
        Assert.Equal(fields.Order(StringComparer.Ordinal), FirstColumn($"### {method}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("diffusion/status", "state", typeof(DiffusionState))]
    [InlineData("diffusion/denoisingStep", "cells[].state", typeof(DenoisingCellState))]
    public void Every_value_of_a_field_is_on_the_page(string method, string field, Type values)
    {
        string row = Rows($"### {method}").Single(row => row.StartsWith($"| `{field}` |", StringComparison.Ordinal));
        Assert.All(Enum.GetValues(values).Cast<object>(), value =>
            Assert.Contains($"`{JsonSerializer.Serialize(value, values, LspJson.Default.Options).Trim('"')}`", row));
    }

    [Fact]
    public void Every_setting_is_on_the_page_and_the_other_way_round() =>
        Assert.Equal(
            typeof(ServerSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .SelectMany(Names).Order(StringComparer.Ordinal),
            FirstColumn("## Settings").Order(StringComparer.Ordinal));

    /// <summary>A setting's name; the rules for documents are made of two.</summary>
    private static IEnumerable<string> Names(PropertyInfo setting) => setting.Name == nameof(ServerSettings.Documents)
        ? ["secretFiles", "ignore"]
        : [JsonNamingPolicy.CamelCase.ConvertName(setting.Name)];

    private static bool IsOurs(string method) => method.StartsWith("diffusion/", StringComparison.Ordinal);

    /// <summary>The fields of a record as the page writes them; those of the protocol's own records are the protocol's.</summary>
    private static IEnumerable<string> Fields(Type record, string path)
    {
        foreach (JsonPropertyInfo field in LspJson.Default.Options.GetTypeInfo(record).Properties)
        {
            yield return $"{path}{field.Name}{(field.IsRequired ? "" : "?")}";
            Type type = field.PropertyType;
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
                && type.GetGenericArguments()[0] is { IsClass: true } element)
            {
                foreach (string inner in Fields(element, $"{path}{field.Name}[]."))
                {
                    yield return inner;
                }
            }
        }
    }

    private static IEnumerable<string> FirstColumn(string heading) =>
        Rows(heading).Select(row => FirstCell().Match(row)).Where(cell => cell.Success).Select(cell => cell.Groups["text"].Value);

    /// <summary>The lines of the table that follows a heading.</summary>
    private static IEnumerable<string> Rows(string heading)
    {
        int start = _page.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"There is no heading '{heading}'.");
        return _page[(start + heading.Length + 2)..].Split('\n')
            .SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|'));
    }

    [GeneratedRegex("^\\| `(?<text>[^`]+)` \\|")]
    private static partial Regex FirstCell();

    [GeneratedRegex("^### (?<method>[a-z]+/\\S+)$", RegexOptions.Multiline)]
    private static partial Regex OwnHeading();
}
