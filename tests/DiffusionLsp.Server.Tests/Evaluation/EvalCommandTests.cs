using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Cli;
using DiffusionLsp.Server.Evaluation;
using DiffusionLsp.Server.Tests.Support;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Evaluation;

/// <summary>The whole command on a scripted infiller.</summary>
public sealed class EvalCommandTests
{
    private static readonly string s_files = Path.Combine(TestData.RepositoryRoot, "tests", "golden", "cli", "files");
    private static readonly string s_heldOut = Path.Combine(s_files, "heldout");
    private static readonly string s_data = Path.Combine(AppContext.BaseDirectory, "eval");

    [Theory]
    [InlineData("rest-of-line", "--limit", "20", "--seed", "3")]
    [InlineData("line", "--limit", "20")]
    [InlineData("lines", "--limit", "20")]
    public async Task Who_writes_what_the_author_wrote_is_right_every_time(params string[] arguments)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(s_heldOut, "shapes", "shapes.py"), TestContext.Current.CancellationToken);
        using var author = new FakeInfiller(request => text[request.Prefix.Length..^request.Suffix.Length]);

        using var report = JsonDocument.Parse((await RunAsync(author, [.. arguments, "--heldout", s_heldOut, "--json"])).Output);

        Assert.Equal(1, report.RootElement.GetProperty("exact_match").GetDouble());
        Assert.Equal(1, report.RootElement.GetProperty("edit_similarity").GetDouble());
        Assert.Equal(JsonValueKind.Null, report.RootElement.GetProperty("pass_at_1").ValueKind);
        Assert.Equal(20, author.Requests.Count);
        Assert.Equal(40, report.RootElement.GetProperty("forwards").GetInt32());
    }

    [Fact]
    public async Task Two_runs_come_out_the_same()
    {
        using var infiller = new FakeInfiller(request => request.Prefix[^Math.Min(9, request.Prefix.Length)..]);
        string[] arguments = ["rest-of-line", "--heldout", s_heldOut, "--limit", "50", "--json"];

        Assert.Equal(await RunAsync(infiller, arguments), await RunAsync(infiller, arguments));
    }

    [Fact]
    public async Task The_author_passes_and_a_stray_bracket_does_not()
    {
        var suite = EvalSuites.Open(new SuiteChoice("single-line", null, null, Limit: 4, Seed: 1), s_data);
        using var author = new FakeInfiller(request => suite.Items.Single(item => item.Prefix == request.Prefix && item.Suffix == request.Suffix).Truth);
        using var nobody = new FakeInfiller("(]");
        var sandbox = PythonSandbox.Find(new SandboxLimits());
        Assert.SkipWhen(sandbox.Passes is null, sandbox.Problem);

        var (passed, _) = await RunAsync(author, ["single-line", "--limit", "4", "--json"], sandbox);
        var (failed, _) = await RunAsync(nobody, ["single-line", "--limit", "4", "--json"], sandbox);

        Assert.Contains("\"exact_match\":1,\"pass_at_1\":1,", passed, StringComparison.Ordinal);
        Assert.Contains("\"exact_match\":0,\"pass_at_1\":0,", failed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_sandbox_there_is_no_pass_at_1_and_a_line_says_why()
    {
        using var infiller = new FakeInfiller("return a + b");
        var none = new SandboxSearch(null, "python3 does not start: install it.");

        var (output, error) = await RunAsync(infiller, [Path.Combine(s_files, "items.jsonl"), "--json"], none);

        Assert.Contains("\"pass_at_1\":null", output, StringComparison.Ordinal);
        Assert.Contains("\"copied_line_pass_at_1\":null", output, StringComparison.Ordinal);
        Assert.Equal("No pass@1: python3 does not start: install it.", error.TrimEnd());
    }

    [Fact]
    public async Task The_options_reach_the_model()
    {
        using var infiller = new FakeInfiller("x");

        await RunAsync(infiller, [Path.Combine(s_files, "untested.jsonl"), "--no-suffix", "--threshold", "0.5", "--draft-log-odds", "7"]);
        await RunAsync(infiller, [Path.Combine(s_files, "untested.jsonl")]);

        Assert.Equal(
            [
                new InfillRequest { Prefix = "def add(a, b):\n    ", Suffix = "", ConfidenceThreshold = 0.5, DraftLogOdds = 7 },
                new InfillRequest { Prefix = "def add(a, b):\n    ", Suffix = "\n" },
            ],
            infiller.Requests);
    }

    /// <summary>Runs the command; without a sandbox given, none may be looked for.</summary>
    private static async Task<(string Output, string Error)> RunAsync(FakeInfiller infiller, string[] arguments, SandboxSearch? sandbox = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = Terminal.OfWriters(output, error);
        var tools = new EvalTools
        {
            Folder = s_data,
            FindSandbox = () => sandbox ?? throw new InvalidOperationException("There is nothing to run."),
        };
        Assert.Equal(0, await new CommandLine(terminal, new EvalCommand(terminal, _ => infiller, tools)).RunAsync(["eval", .. arguments]));
        return (output.ToString(), error.ToString());
    }
}
