using System.Reflection;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using DiffusionLsp.Tests;
using Type = System.Type;

namespace DiffusionLsp.Server.Tests;

/// <summary>
/// Who may use whom, read from the compiled assemblies, method bodies included. Every rule is also held against code
/// that breaks it, so that a rule which has gone blind is noticed.
/// </summary>
public sealed class ArchitectureTests
{
    private const string Engine = "DiffusionLsp.Engine";
    private const string Server = "DiffusionLsp.Server";
    private const string Protocol = Server + ".Protocol";
    private const string Hub = Server + ".ModelStore.Hub";
    private const string Remote = Server + ".Remote";
    private const string Runtimes = Server + ".RuntimeStore";
    private const string Training = "DiffusionLsp.Training";
    private const string Planted = "DiffusionLsp.Planted";
    private const int MostLines = 400;

    private static readonly Lazy<Architecture> _product = new(() => Load("DiffusionLsp.Engine.dll", "diffusionlsp.dll", "diffusionlsp-train.dll"));
    private static readonly Lazy<Architecture> _planted = new(() => Load("DiffusionLsp.Server.Tests.dll"));

    private static readonly Rule _engineKnowsNoServer = new(
        Engine, ["StreamJsonRpc", "Nerdbank.Streams", "System.CommandLine", "Spectre", Server, Training, "System.Console"]);

    private static readonly Rule _serverKnowsNoTorch = new(Server, ["TorchSharp", Training]);
    private static readonly Rule _trainingKnowsNoServer = new(Training, [Server, "StreamJsonRpc"]);
    private static readonly Rule _serverKnowsNoNetwork = new(Server, ["System.Net.Http", "System.Net.Sockets.TcpClient", "Polly", Hub, Remote, Runtimes])
    {
        Exempt = [Hub, Remote, Runtimes, $"{Server}.Cli", $"{Server}.Program", $"{Server}.ModelStore.StoreJson"],
    };

    private static readonly Rule _hubIsFarFromServing = new(Hub, ["StreamJsonRpc", $"{Server}.LanguageServer", $"{Server}.Completion", Protocol]);
    private static readonly Rule _protocolIsData = new(Protocol, [""]) { Allowed = ["System", Protocol] };

    [Fact]
    public void The_engine_knows_neither_the_protocol_nor_the_console() => AssertHolds(_engineKnowsNoServer);

    [Fact]
    public void The_server_knows_no_torch()
    {
        AssertHolds(_serverKnowsNoTorch);
        Assert.DoesNotContain("TorchSharp", typeof(LanguageServer).Assembly.GetReferencedAssemblies().Select(name => name.Name));
    }

    [Fact]
    public void Nothing_but_the_hub_and_the_command_line_before_it_knows_a_network() => AssertHolds(_serverKnowsNoNetwork);

    [Fact]
    public void The_hub_knows_nothing_of_serving() => AssertHolds(_hubIsFarFromServing);

    [Fact]
    public void The_networks_rule_can_fail() =>
        Assert.NotEmpty((_serverKnowsNoNetwork with { From = Hub, Exempt = [] }).Violations(_product.Value));

    [Fact]
    public void Serving_reaches_no_hub_and_no_engine_that_it_is_not_handed() =>
        Assert.DoesNotContain(
            _product.Value.Types.Single(type => type.FullName == $"{Server}.Cli.ServeCommand").Dependencies,
            used => IsIn(used.Target.FullName, Hub) || IsIn(used.Target.FullName, Remote) || IsIn(used.Target.FullName, "System.Net.Http"));

    [Fact]
    public void Nothing_but_the_composition_root_makes_a_serving_engines_infiller() =>
        Assert.Equal(
            [$"{Server}.Program"],
            _product.Value.Types
                .Where(type => !IsIn(type.FullName, Remote) && type.Dependencies.Any(used => IsIn(used.Target.FullName, Remote)))
                .Select(type => type.FullName.Split('+')[0]).Distinct());

    [Fact]
    public void The_trainer_knows_no_server() => AssertHolds(_trainingKnowsNoServer);

    [Fact]
    public void The_wire_records_use_the_base_library_only() => AssertHolds(_protocolIsData);

    [Theory]
    [InlineData("DiffusionLsp.Planted.Engine")]
    [InlineData("DiffusionLsp.Planted.EngineThatPrints")]
    public void The_engines_rule_can_fail(string planted) =>
        Assert.NotEmpty((_engineKnowsNoServer with { From = planted }).Violations(_planted.Value));

    [Fact]
    public void The_servers_rule_can_fail() =>
        Assert.NotEmpty((_serverKnowsNoTorch with { From = Engine }).Violations(_product.Value));

    [Fact]
    public void The_trainers_rule_can_fail() =>
        Assert.NotEmpty((_trainingKnowsNoServer with { From = $"{Planted}.Training" }).Violations(_planted.Value));

    [Fact]
    public void The_wire_records_rule_can_fail() =>
        Assert.Equal(
            [$"{Planted}.Protocol.UsesAnotherLibrary uses StreamJsonRpc.RequestId"],
            (_protocolIsData with { From = $"{Planted}.Protocol", Allowed = ["System", $"{Planted}.Protocol"] })
                .Violations(_planted.Value));

    [Fact]
    public void The_engines_public_face_shows_no_torch()
    {
        Assert.NotEmpty(PublicFace(typeof(DiffusionLsp.Engine.IInfiller).Assembly.GetExportedTypes()));
        Assert.DoesNotContain(
            PublicFace(typeof(DiffusionLsp.Engine.IInfiller).Assembly.GetExportedTypes()),
            type => type.StartsWith("TorchSharp", StringComparison.Ordinal));
    }

    [Fact]
    public void The_public_faces_rule_can_fail() =>
        Assert.Contains(
            "System.Text.StringBuilder",
            PublicFace([typeof(global::DiffusionLsp.Planted.Face.ShowsABuilder)]));

    [Fact]
    public void No_file_is_longer_than_four_hundred_lines()
    {
        Assert.Empty(LongFiles(MostLines));
        Assert.NotEmpty(LongFiles(100));
    }

    private static void AssertHolds(Rule rule)
    {
        Assert.Contains(_product.Value.Types, type => IsIn(type.FullName, rule.From));
        Assert.Empty(rule.Violations(_product.Value));
    }

    private static Architecture Load(params string[] files)
    {
        ArchLoader loader = new();
        foreach (string file in files)
        {
            loader.LoadFilteredDirectory(AppContext.BaseDirectory, file);
        }

        return loader.Build();
    }

    /// <summary>Every type that a user of these types can see in a signature.</summary>
    private static IEnumerable<string> PublicFace(IEnumerable<Type> types)
    {
        const BindingFlags Declared =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (Type type in types)
        {
            IEnumerable<Type> seen =
            [
                .. type.GetInterfaces(),
                .. type.BaseType is { } parent ? [parent] : Type.EmptyTypes,
                .. type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily).Select(field => field.FieldType),
                .. type.GetMethods(Declared).Where(IsSeen).Select(method => method.ReturnType),
                .. type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)).Where(IsSeen)
                    .SelectMany(method => method.GetParameters()).Select(parameter => parameter.ParameterType),
            ];
            foreach (Type part in seen.SelectMany(Parts))
            {
                yield return part.FullName ?? part.Name;
            }
        }
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)]
        : [type];

    private static IEnumerable<string> LongFiles(int most) =>
        from folder in (string[])["server", "tests"]
        from file in Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories)
        where !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")
        let lines = File.ReadLines(file).Count()
        where lines > most
        select $"{file}: {lines} lines";

    private static bool IsIn(string type, string prefix) =>
        prefix.Length == 0 || type == prefix || type.StartsWith(prefix + ".", StringComparison.Ordinal);

    /// <summary>The types of a namespace, those below it included, use none of some others.</summary>
    private sealed record Rule(string From, string[] Forbidden)
    {
        /// <summary>What may be used although it is forbidden.</summary>
        public string[] Allowed { get; init; } = [];

        /// <summary>Types that the rule is not for.</summary>
        public string[] Exempt { get; init; } = [];

        public IEnumerable<string> Violations(Architecture architecture) =>
            (from type in architecture.Types
             where IsIn(type.FullName, From) && !Exempt.Any(exempt => IsIn(type.FullName, exempt) || type.FullName.StartsWith(exempt + "+", StringComparison.Ordinal))
             from used in type.Dependencies.Select(dependency => dependency.Target.FullName)
             where Forbidden.Any(forbidden => IsIn(used, forbidden)) && !Allowed.Any(allowed => IsIn(used, allowed))
             select $"{type.FullName} uses {used}").Distinct();
    }
}
