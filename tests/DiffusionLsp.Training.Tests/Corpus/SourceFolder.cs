using System.Text;
using System.Text.Json;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tests.Corpus;

/// <summary>A folder of packages in the temporary directory, gone after the test.</summary>
internal sealed class SourceFolder : IDisposable
{
    private readonly List<object> _packages = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("corpus-").FullName;

    public string Source => Path.Combine(Root, "source");

    public string Output => Path.Combine(Root, "output");

    /// <summary>Lists a package and writes its files.</summary>
    public SourceFolder Add(string language, string name, string family, params (string Path, string Text)[] files)
    {
        _packages.Add(new { name, version = "1.0", language, licence = "MIT", origin = "test", family });
        foreach (var (path, text) in files)
        {
            Write(Path.Combine(CorpusPackage.RootName, language, name, path), text);
        }

        Directory.CreateDirectory(Path.Combine(Source, CorpusPackage.RootName));
        Write(CorpusPackage.ListName, JsonSerializer.Serialize(_packages));
        return this;
    }

    /// <summary>Writes a file below the source folder.</summary>
    public void Write(string path, string text)
    {
        var full = Path.Combine(Source, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text, new UTF8Encoding(false));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>A Python file of so many lines that no other name shares.</summary>
    public static string Code(string name, int functions) =>
        string.Concat(Enumerable.Range(0, functions).Select(i => $"def {name}_{i}(value):\n    return value + {name}[{i}]\n\n"));

    /// <summary>Packages p0, p1, … of one family each, with a file of their own.</summary>
    public SourceFolder AddMany(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Add("python", $"p{i}", $"p{i}", ("main.py", Code($"p{i}", 20)));
        }

        return this;
    }
}
