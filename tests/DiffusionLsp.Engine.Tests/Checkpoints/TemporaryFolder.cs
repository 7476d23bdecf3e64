namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>A folder of one test's own, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("diffusionlsp-test-").FullName;

    public string PathOf(string name) => Path.Combine(FullName, name);

    /// <summary>Copies every file of a folder into this one.</summary>
    public TemporaryFolder With(string source)
    {
        foreach (string file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, PathOf(Path.GetFileName(file)), overwrite: true);
        }

        return this;
    }

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
