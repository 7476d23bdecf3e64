using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using DiffusionLsp.Engine.Native;
using DiffusionLsp.NativeMend;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>What the build puts beside a program: one platform's native libraries, TorchSharp's own mended.</summary>
public sealed class BuildOutputTests
{
    private static readonly string[] LinuxLibraries =
        ["libLibTorchSharp.so", "libc10.so", "libgomp", "libtorch.so", "libtorch_cpu.so", "libtorch_global_deps.so"];

    private static string PackageLibrary =>
        Path.Combine(Metadata("TorchSharpPackage"), "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact]
    public void The_package_s_library_needs_the_mend_and_takes_it()
    {
        var library = File.ReadAllBytes(PackageLibrary);

        var mended = ElfSymbolMend.Apply(library);

        Assert.Equal(library.Length, mended.Length);
        // A flag, a version index, and the seven bytes of "getpid" and its end.
        Assert.InRange(library.Zip(mended).Count(pair => pair.First != pair.Second), 1, 1 + 2 + 7);
        Assert.Same(mended, ElfSymbolMend.Apply(mended));
    }

    [Fact]
    public void The_output_holds_the_natives_of_one_platform()
    {
        var platforms = Directory.EnumerateDirectories(Path.Combine(AppContext.BaseDirectory, "runtimes"))
            .Where(platform => Directory.Exists(Path.Combine(platform, "native")))
            .Select(Path.GetFileName);

        Assert.Equal([Metadata("NativePlatform")], platforms);
    }

    [Fact]
    public void The_output_holds_the_libraries_that_a_server_needs_and_no_other()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The names of the libraries are Linux's.");
        var folder = Path.GetDirectoryName(TorchLibraries.TorchSharpPath)!;

        var names = Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(LinuxLibraries.Length, names.Count);
        Assert.All(LinuxLibraries.Zip(names), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void The_output_holds_the_mended_library()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's library is mended.");

        var mended = ElfSymbolMend.Apply(File.ReadAllBytes(PackageLibrary));
        Assert.Equal(mended, File.ReadAllBytes(TorchLibraries.TorchSharpPath!));
    }

    [Theory]
    [InlineData("cpu", "TorchSharp-cpu")]
    [InlineData("cuda", "TorchSharp-cuda-")]
    public void The_property_TorchRuntime_picks_the_package(string runtime, string package)
    {
        if (package.EndsWith('-'))
        {
            package += OperatingSystem.IsWindows() ? "windows" : "linux";
        }

        var packages = EvaluatedPackages(runtime);

        Assert.Equal([package], packages.Where(name => name.StartsWith("TorchSharp", StringComparison.Ordinal)));
    }

    private static List<string> EvaluatedPackages(string runtime)
    {
        const string Project = "server/DiffusionLsp.TorchNative/DiffusionLsp.TorchNative.csproj";
        string[] arguments =
        [
            "msbuild", Path.Combine(TestData.RepositoryRoot, Project), "-getItem:PackageReference",
            $"-p:TorchRuntime={runtime}", "-nodeReuse:false",
        ];
        using var process = Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments) { RedirectStandardOutput = true })!;
        using var items = JsonDocument.Parse(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return [.. items.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(item => item.GetProperty("Identity").GetString()!)];
    }

    private static string Metadata(string key) =>
        typeof(BuildOutputTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(metadata => metadata.Key == key).Value!;
}
