using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>Every file of tests/golden/denoising: a script above the border, its trajectory below.</summary>
public class TrajectoryGoldenTests
{
    private static readonly string Folder = Path.Combine(TestData.RepositoryRoot, "tests", "golden", "denoising");

    public static TheoryData<string> Names =>
    [
        .. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_trajectory_is_the_golden_one(string name)
    {
        string path = Path.Combine(Folder, name + ".txt");
        string golden = File.ReadAllText(path).ReplaceLineEndings("\n");
        string[] parts = golden.Split(TrajectoryScript.Border + "\n");
        string script = parts[0].TrimEnd('\n');
        string drawn = $"{script}\n{TrajectoryScript.Border}\n{new TrajectoryScript(script).Draw()}";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, drawn);
        }

        Assert.Equal(drawn, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }
}
