namespace DiffusionLsp.Tests;

/// <summary>
/// Where the tests find their data: <c>tests/data</c> of this repository, or the folder that the environment
/// variable DIFFUSIONLSP_TEST_DATA names (the same layout with other checkpoints or texts in it).
/// </summary>
internal static class TestData
{
    /// <summary>The repository's root: the folder that holds DiffusionLsp.sln.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>The folder of the data.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("DIFFUSIONLSP_TEST_DATA") is { Length: > 0 } folder
            ? folder
            : Path.Combine(RepositoryRoot, "tests", "data");

    /// <summary>The path of a file or folder of the data, from its parts.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DiffusionLsp.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No DiffusionLsp.sln above {AppContext.BaseDirectory}.");
    }
}
