using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Tests.Support;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>The command line over a store of the test's own and a hub on this machine that serves the embedded model.</summary>
internal sealed class HubBench : IDisposable
{
    public const string Repository = "test-org/quick-copy";
    public const string Name = "quick-copy";

    public static readonly string Embedded = Path.Combine(TestData.RepositoryRoot, "models", "quicksilver");

    private readonly string _root = Directory.CreateTempSubdirectory("diffusionlsp-hub-").FullName;

    public HubBench()
    {
        Hub = new StandInHub(Repository, FilesOf(Embedded));
        Settings = new HubSettings
        {
            Endpoint = new Uri(Hub.Endpoint + "/"),
            CacheFolder = Path.Combine(_root, "cache"),
            FirstDelay = TimeSpan.FromMilliseconds(1),
        };
    }

    public StandInHub Hub { get; }

    public HubSettings Settings { get; set; }

    /// <summary>What leads the built executable to this hub and this store.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["HF_ENDPOINT"] = Hub.Endpoint,
        ["HF_HUB_CACHE"] = Settings.CacheFolder,
        ["HF_TOKEN"] = "",
        ["HF_HUB_OFFLINE"] = "",
        ["DIFFUSIONLSP_MODELS"] = StoreFolder,
        ["XDG_DATA_HOME"] = _root,
        ["LOCALAPPDATA"] = _root,
        ["NO_PROXY"] = "127.0.0.1",
    };

    public ModelCatalog Catalog { get; set; } = new([]);

    public Func<string, long>? FreeBytes { get; set; }

    public string StoreFolder => Path.Combine(_root, "models");

    public string Installed => Path.Combine(StoreFolder, Name);

    public string Staging => Path.Combine(StoreFolder, ".pulling", Name);

    public string PathOf(string name) => Path.Combine(_root, name);

    public static Dictionary<string, byte[]> FilesOf(string folder) => Directory.EnumerateFiles(folder)
        .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);

    /// <summary>Runs <c>models …</c>.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        Terminal terminal = Terminal.OfWriters(output, error);
        int exitCode = await new CommandLine(terminal, new ModelsCommand(terminal, Tools())).RunAsync(["models", .. arguments]);
        return (exitCode, output.ToString(), error.ToString());
    }

    public Task<(int ExitCode, string Output, string Error)> PullAsync(params string[] more) =>
        RunAsync(["pull", Repository, "--yes", .. more]);

    /// <summary>The pull itself, where a test has to stop it.</summary>
    public async Task PullAsync(PullProgress progress, CancellationToken token)
    {
        using var handler = HubSettings.CreateHandler();
        using HubClient hub = new(Settings, handler);
        ModelPull pull = new(Settings, hub, Store());
        await pull.RunAsync(await pull.PlanAsync(PullRequest.Parse(Repository, null, Catalog), token), progress, token);
    }

    /// <summary>One line that says so, exit code 2, and nothing under the model's name.</summary>
    public async Task<string> RefusedAsync(string message, params string[] more)
    {
        var (exitCode, output, error) = await PullAsync(more);
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        string line = Assert.Single(error.TrimEnd().Split('\n'), line => !line.Contains(" %  ", StringComparison.Ordinal));
        Assert.Contains(message, line, StringComparison.Ordinal);
        return line;
    }

    /// <summary>The same with a hub that has been told what to say.</summary>
    public async Task<string> RefusedWithAsync(string message, Func<HubCall, HubReply?> before, string also = "")
    {
        Hub.Before = before;
        string line = await RefusedAsync(message);
        Assert.Contains(also, line, StringComparison.Ordinal);
        return line;
    }

    public void AssertInstalled()
    {
        foreach (var (name, content) in FilesOf(Embedded).Where(file => file.Key.EndsWith(".json", StringComparison.Ordinal) || StandInHub.IsLarge(file.Key)))
        {
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(Installed, name)));
        }

        Assert.True(ModelFolder.Verify(Installed).IsUsable);
        Assert.False(Directory.Exists(Staging));
    }

    public LocalStore Store() => FreeBytes is { } free ? new LocalStore(StoreFolder) { FreeBytes = free } : new LocalStore(StoreFolder);

    public void Dispose()
    {
        Hub.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private ModelTools Tools() => new()
    {
        Catalog = () => Catalog,
        Store = Store,
        Installed = () =>
        [
            ModelFolder.Verify(Embedded),
            .. Directory.Exists(StoreFolder)
                ? Directory.EnumerateDirectories(StoreFolder).Where(folder => !Path.GetFileName(folder).StartsWith('.')).Select(ModelFolder.Verify)
                : [],
        ],
        Memory = () => new MachineMemory(16L << 30, 8L << 30, "fp32", []),
        Hub = () => Settings,
    };
}
