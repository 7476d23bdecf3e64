using System.Text.RegularExpressions;

namespace DiffusionLsp.Engine.Native;

/// <summary>
/// Turns what a system's loader says about a native library into one line for the user: which library, what it lacks,
/// what to do. Pure text to text; the wordings are those of glibc, musl, macOS and Windows.
/// </summary>
internal static partial class LoadFailure
{
    private const string BuildAgain = "Build or install DiffusionLsp again";

    /// <summary>The line for the user.</summary>
    /// <param name="library">The path of the library that was asked for.</param>
    /// <param name="loaderText">The message of the exception that the attempt ended in.</param>
    public static string Explain(string library, string loaderText)
    {
        var name = Path.GetFileName(library);
        if (UnknownVersion().Match(loaderText) is { Success: true } version)
        {
            var needing = Path.GetFileName(version.Groups["by"].Value);
            return ExplainVersion(needing, version.Groups["version"].Value, version.Groups["file"].Value);
        }

        if (MuslRefusal().IsMatch(loaderText))
        {
            return $"{name} cannot be loaded: it needs glibc, and this system uses musl. "
                + "Run DiffusionLsp on a system with glibc 2.34 or newer, for example in a Debian 12 container.";
        }

        if (MissingFile().Match(loaderText) is { Success: true } missing)
        {
            return ExplainMissing(name, Path.GetFileName(missing.Groups["file"].Value));
        }

        if (Damaged().IsMatch(loaderText))
        {
            return $"{library} is damaged or made for another processor. {BuildAgain}.";
        }

        if (loaderText.Contains("failed to map segment", StringComparison.Ordinal))
        {
            return $"{name} cannot be loaded: the system does not map {Path.GetDirectoryName(library)} as code. "
                + "Put DiffusionLsp on a file system that is not mounted noexec, and see that memory is free.";
        }

        return $"{library} cannot be loaded: {LoaderWords(loaderText)}.";
    }

    private static string ExplainVersion(string library, string version, string file)
    {
        var needed = $"{library} cannot be loaded: it needs the symbol version {version}, which {file} lacks.";
        return version.Split('_') switch
        {
            ["GLIBC", var number] => $"{needed} Run DiffusionLsp on a system with glibc {number} or newer: "
                + "Debian 12, Ubuntu 22.04, Fedora 36 and later have what libtorch needs.",
            ["GLIBCXX", "3.4.32"] =>
                $"{needed} Build DiffusionLsp again (its build lifts this demand), {NewerLibstdcxx("GCC 13")}.",
            ["GLIBCXX" or "CXXABI", ..] =>
                $"{needed} Run DiffusionLsp on Debian 12, Ubuntu 22.04 or newer, {NewerLibstdcxx("GCC 12")}.",
            _ => $"{needed} Install a newer version of the package that {Path.GetFileName(file)} comes from.",
        };
    }

    private static string NewerLibstdcxx(string compiler) =>
        $"or install the libstdc++ of {compiler} or newer (package libstdc++6 on Debian and Ubuntu, libstdc++ on Fedora)";

    private static string ExplainMissing(string library, string missing)
    {
        var advice = missing switch
        {
            _ when missing == library => BuildAgain,
            _ when missing.StartsWith("libstdc++", StringComparison.Ordinal) =>
                "Install it (package libstdc++6 on Debian and Ubuntu, libstdc++ on Fedora)",
            _ when missing.StartsWith("libgcc_s", StringComparison.Ordinal) =>
                "Install it (package libgcc-s1 on Debian and Ubuntu, libgcc on Fedora)",
            _ when missing.StartsWith("libcuda.", StringComparison.Ordinal) || missing == "nvcuda.dll" =>
                "Install NVIDIA's driver, or use the CPU build (without -p:TorchRuntime=cuda)",
            "" => "Install Microsoft's Visual C++ Redistributable (x64); if it is there, build or install DiffusionLsp again",
            _ => $"It lies beside {library} in a complete installation: build or install DiffusionLsp again",
        };
        return missing is "" || missing == library
            ? $"{library} cannot be loaded: it or a library that it needs is missing. {advice}."
            : $"{library} cannot be loaded: it needs {missing}, which is missing. {advice}.";
    }

    /// <summary>The loader's own words on one line, without .NET's hint at tools.</summary>
    private static string LoaderWords(string loaderText)
    {
        var words = loaderText.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join("; ", words.Length > 1 ? words[1..] : words).TrimEnd('.');
    }

    [GeneratedRegex(
        @"^(?<file>\S+): version [`'](?<version>[^']+)' not found \(required by (?<by>[^)]+)\)", RegexOptions.Multiline)]
    private static partial Regex UnknownVersion();

    // musl has no ld-linux-*.so, and none of the symbols with which glibc checks buffers.
    [GeneratedRegex(@"Error relocating |Error loading shared library ld-linux")]
    private static partial Regex MuslRefusal();

    [GeneratedRegex(
        @"^(?<file>\S+): cannot open shared object file: No such file"
        + @"|Error loading shared library (?<file>[^:]+): No such file"
        + @"|Library not loaded: (?<file>\S+)"
        + @"|(?<file>)The specified module could not be found|(?<file>)\(0x8007007E\)",
        RegexOptions.Multiline)]
    private static partial Regex MissingFile();

    [GeneratedRegex(
        "file too short|invalid ELF header|wrong ELF class|cannot read file data|Exec format error|"
        + "incompatible architecture|not a mach-o file|slice is not valid|0x8007000B|0x800700C1|not a valid Win32")]
    private static partial Regex Damaged();
}
