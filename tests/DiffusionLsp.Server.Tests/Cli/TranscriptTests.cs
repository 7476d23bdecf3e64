using System.Text;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Cli;

/// <summary>
/// Replays the transcripts in <c>tests/golden/cli</c>: a line <c>$ arguments</c> is run, what follows is what came
/// back. Standard error is marked <c>! </c>, an exit code other than 0 stands in brackets, and <c>%</c> marks output
/// that does not end its line. UPDATE_GOLDEN=1 rewrites the files.
/// </summary>
public sealed class TranscriptTests
{
    private static readonly string s_folder = Path.Combine(TestData.RepositoryRoot, "tests", "golden", "cli");

    public static TheoryData<string> Transcripts() =>
        new(Directory.EnumerateFiles(s_folder, "*.txt").Select(Path.GetFileNameWithoutExtension).Order()!);

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task A_transcript_repeats(string name)
    {
        string path = Path.Combine(s_folder, name + ".txt");
        string expected = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var actual = new StringBuilder();
        foreach (string line in expected.Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal)))
        {
            actual.Append(line).Append('\n').Append(await RunAsync(line[2..].Split(' '))).Append('\n');
        }

        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, actual.ToString(), TestContext.Current.CancellationToken);
            return;
        }

        Assert.Equal(expected, actual.ToString());
    }

    private static async Task<string> RunAsync(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = Terminal.OfWriters(output, error);
        var commandLine = new CommandLine(
            terminal,
            new InfillCommand(terminal, ScriptedInfiller.Load, () => [ScriptedInfiller.Snake]),
            new BenchCommand(terminal, ScriptedInfiller.Load, ScriptedProbes.Create()),
            new EvalCommand(terminal, ScriptedInfiller.Load, ScriptedTools.Create()));
        int exitCode = await commandLine.RunAsync([.. arguments.Select(AtHome)]);
        return Lines(output.ToString(), "") + Lines(error.ToString(), "! ") + (exitCode == 0 ? "" : $"[{exitCode}]\n");
    }

    /// <summary>Files are named from the transcripts' own folder, whatever folder the tests run in.</summary>
    private static string AtHome(string argument) =>
        argument.StartsWith("files", StringComparison.Ordinal) ? Path.Combine(s_folder, argument) : argument;

    private static string Lines(string text, string mark)
    {
        // The folder is another on every machine, so transcripts never show it; a trace's lines differ as well.
        string shown = text.Replace(s_folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .ReplaceLineEndings("\n");
        if (shown.Length == 0)
        {
            return "";
        }

        string closed = shown.EndsWith('\n') ? shown[..^1] : shown + "%";
        return string.Concat(closed.Split('\n').Select(line => $"{mark}{line}\n"));
    }
}
