using DiffusionLsp.Engine;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.ModelStore;

namespace DiffusionLsp.Server.Tests.RuntimeStore;

/// <summary>The command line over a folder of the test's own and a feed on this machine with small libraries.</summary>
internal sealed class RuntimeBench : IDisposable
{
    public const string Split = "libtorch_cuda.so";

    private readonly string _root = Directory.CreateTempSubdirectory("diffusionlsp-runtime-").FullName;

    public RuntimeBench()
    {
        Random random = new(4711);
        string[] names = ["libc10.so", "libtorch_cpu.so", Split, "libtorch.so", "libcudart.so.12", "libtorch_python.so"];
        Libraries = names.ToDictionary(name => name, _ =>
        {
            byte[] content = new byte[200_000];
            random.NextBytes(content);
            return content;
        });
        Feed = new StandInFeed(Libraries, Split);
    }

    public Dictionary<string, byte[]> Libraries { get; }

    public StandInFeed Feed { get; }

    public string Home => Path.Combine(_root, "runtimes");

    public string Folder => Path.Combine(Home, InstalledRuntime.CudaName);

    public string Staging => Path.Combine(Home, ".pulling", InstalledRuntime.CudaName);

    public Func<string, long>? FreeBytes { get; set; }

    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        Terminal terminal = Terminal.OfWriters(output, error);
        int exitCode = await new CommandLine(terminal, new RuntimeCommand(terminal, Tools())).RunAsync(["runtime", .. arguments]);
        return (exitCode, output.ToString(), error.ToString());
    }

    public Task<(int ExitCode, string Output, string Error)> InstallAsync(params string[] more) =>
        RunAsync(["install", "cuda", "--source", Feed.Index, "--yes", .. more]);

    /// <summary>One line that says so, the exit code 2, and what was installed before is untouched.</summary>
    public async Task<string> RefusedAsync(string message, params string[] more)
    {
        string old = Directory.CreateDirectory(Folder).FullName;
        await File.WriteAllTextAsync(Path.Combine(old, "old"), "old");
        var (exitCode, output, error) = await InstallAsync(more);
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        string line = Assert.Single(error.TrimEnd().Split('\n'), line => !line.Contains(" %  ", StringComparison.Ordinal));
        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(old, "old")], Directory.EnumerateFileSystemEntries(old));
        return line;
    }

    public void AssertInstalled()
    {
        Assert.Equal(Folder, InstalledRuntime.Find(Folder));
        Assert.False(Directory.Exists(Staging));
        Assert.Equal(
            Libraries.Keys.Where(name => name != "libtorch_python.so").Append(InstalledRuntime.RecordName).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        foreach (string path in Directory.EnumerateFiles(Folder).Where(path => Path.GetFileName(path) != InstalledRuntime.RecordName))
        {
            Assert.Equal(Libraries[Path.GetFileName(path)], File.ReadAllBytes(path));
        }
    }

    public void Dispose()
    {
        Feed.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private RuntimeTools Tools() => new()
    {
        Inspect = () => Report,
        Store = () => FreeBytes is { } free
            ? new LocalStore(Home) { Variable = InstalledRuntime.Variable, FreeBytes = free }
            : new LocalStore(Home) { Variable = InstalledRuntime.Variable },
        Variable = _ => null,
    };

    public RuntimeReport Report { get; set; } = new()
    {
        TorchSharpVersion = "0.107.0",
        LibtorchVersion = "2.10.0",
        LibraryPath = "/opt/libLibTorchSharp.so",
        LibtorchFolder = "/opt/native",
        LoadProblem = null,
        Threads = 2,
        LogicalProcessors = 2,
        ProcessorFeatures = [],
        CpuDtype = "fp32",
        TorchRuntime = "cpu",
        CudaProblem = "this is a CPU build of libtorch.",
        CudaDevices = [],
        TotalMemoryBytes = 1,
        AvailableMemoryBytes = 1,
    };
}
