using DiffusionLsp.Engine.Native;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>What a user reads when a native library does not load; the loaders' texts are as the systems print them.</summary>
public sealed class LoadFailureTests
{
    private const string Hint =
        "Unable to load shared library '/app/libLibTorchSharp.so' or one of its dependencies. In order to help diagnose "
        + "loading problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG "
        + "environment variable: \n";

    public static TheoryData<string, string[]> Texts => new()
    {
        {
            $"{Hint}/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)\n",
            ["libLibTorchSharp.so", "GLIBCXX_3.4.32", "/lib/libstdc++.so.6", "Build DiffusionLsp again", "GCC 13"]
        },
        {
            $"{Hint}/lib64/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /app/libLibTorchSharp.so)\n",
            ["libLibTorchSharp.so", "GLIBCXX_3.4.30", "/lib64/libstdc++.so.6", "GCC 12", "libstdc++6"]
        },
        {
            $"{Hint}/lib/libc.so.6: version `GLIBC_2.34' not found (required by /app/libLibTorchSharp.so)\n",
            ["libLibTorchSharp.so", "GLIBC_2.34", "glibc 2.34 or newer", "Debian 12"]
        },
        {
            $"{Hint}libc10.so: cannot open shared object file: No such file or directory\n",
            ["libc10.so", "install DiffusionLsp again"]
        },
        {
            $"{Hint}libstdc++.so.6: cannot open shared object file: No such file or directory\n",
            ["libstdc++.so.6", "libstdc++6"]
        },
        {
            $"{Hint}libcuda.so.1: cannot open shared object file: No such file or directory\n",
            ["libcuda.so.1", "NVIDIA's driver"]
        },
        { $"{Hint}/app/libLibTorchSharp.so: file too short\n", ["/app/libLibTorchSharp.so", "damaged"] },
        { $"{Hint}/app/libLibTorchSharp.so: failed to map segment from shared object\n", ["libLibTorchSharp.so", "noexec"] },
        {
            $"{Hint}Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/lib.so)\n",
            ["libLibTorchSharp.so", "musl", "glibc"]
        },
        {
            $"{Hint}Error relocating /app/libLibTorchSharp.so: __vsnprintf_chk: symbol not found\n",
            ["libLibTorchSharp.so", "musl", "glibc"]
        },
        {
            "dlopen(/app/libLibTorchSharp.so, 0x0001): Library not loaded: @rpath/libomp.dylib\n  Referenced from: /app/x\n",
            ["libLibTorchSharp.so", "libomp.dylib", "install DiffusionLsp again"]
        },
        {
            "Unable to load DLL 'x' or one of its dependencies: The specified module could not be found. (0x8007007E)",
            ["libLibTorchSharp.so", "Visual C++ Redistributable"]
        },
        { "first\nsomething that nobody foresaw.\n", ["/app/libLibTorchSharp.so", "something that nobody foresaw"] },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Names_the_library_the_lack_and_the_way_out_on_one_line(string loaderText, string[] parts)
    {
        var line = LoadFailure.Explain("/app/libLibTorchSharp.so", loaderText);

        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', line);
        Assert.EndsWith(".", line, StringComparison.Ordinal);
    }

    [Fact]
    public void The_loader_of_this_system_is_understood()
    {
        var library = Path.Combine(Directory.CreateTempSubdirectory().FullName, "libBroken.so");
        File.WriteAllText(library, "This is no library.");

        var problem = Assert.Throws<TorchRuntimeException>(() => TorchLibraries.Load(library));

        Assert.Contains(library, problem.Message, StringComparison.Ordinal);
        Assert.Contains("damaged", problem.Message, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(library)!, recursive: true);
    }
}
