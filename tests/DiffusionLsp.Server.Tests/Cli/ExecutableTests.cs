using System.Diagnostics;
using System.Text.Json;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.Cli;

/// <summary>The built executable itself, in a process of its own, with the real engine behind it.</summary>
public sealed class ExecutableTests
{
    private static readonly string s_samples = Path.Combine(TestData.RepositoryRoot, "samples");
    private static readonly string s_model = Path.Combine(TestData.RepositoryRoot, "models", "quicksilver");

    [Fact]
    public async Task The_doctor_finds_a_libtorch_that_loads()
    {
        var (_, output, _) = await RunAsync("doctor", "--json");

        using var report = JsonDocument.Parse(output);
        var libtorch = report.RootElement.GetProperty("findings").EnumerateArray()
            .Single(finding => finding.GetProperty("subject").GetString() == "libtorch");
        Assert.Equal("ok", libtorch.GetProperty("severity").GetString());
    }

    [Fact]
    public async Task A_cold_process_multiplies_and_tells_its_peak_memory()
    {
        var (exitCode, output, _) = await RunAsync("bench", "--cold", "Matmul");

        Assert.Equal(0, exitCode);
        Assert.InRange(long.Parse(output), 1 << 20, 1L << 34);
    }

    [Theory]
    [InlineData("missing-model", "There is no model 'missing-model'")]
    [InlineData("@", "model.safetensors")]
    public async Task A_model_that_cannot_be_loaded_is_one_line_and_the_exit_code_2(string model, string message)
    {
        using var corrupt = new CorruptModel();
        string place = Path.Combine(s_samples, "shapes.py") + ":12:23";
        var (exitCode, output, error) = await RunAsync("infill", place, "--model", model == "@" ? corrupt.Folder : model);

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains(message, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedded_model_fills_a_gap_twice_the_same()
    {
        Assert.SkipUnless(
            File.Exists(Path.Combine(s_model, "model.safetensors")), "There are no weights in models/quicksilver.");
        string place = Path.Combine(s_samples, "shapes.py") + ":12:23";

        var first = await RunAsync("infill", place);
        var second = await RunAsync("infill", place);

        Assert.Equal(0, first.ExitCode);
        Assert.NotEmpty(first.Output.Trim());
        Assert.Equal(first.Output, second.Output);
    }

    [Fact]
    public async Task An_evaluation_comes_out_twice_the_same()
    {
        Assert.SkipUnless(
            File.Exists(Path.Combine(s_model, "model.safetensors")), "There are no weights in models/quicksilver.");

        var first = await RunAsync("eval", "single-line", "--limit", "3", "--json");
        var second = await RunAsync("eval", "single-line", "--limit", "3", "--json");

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal("3", Figures(first.Output)["n"]);
        Assert.Equal(Figures(first.Output), Figures(second.Output));

        // Where there is no sandbox, that is said in a line; else there is nothing to say.
        Assert.Equal(Figures(first.Output)["pass_at_1"].Length == 0, first.Error.StartsWith("No pass@1: ", StringComparison.Ordinal));
    }

    /// <summary>What must not differ between two runs: all but the time.</summary>
    private static Dictionary<string, string> Figures(string json)
    {
        using var report = JsonDocument.Parse(json);
        return report.RootElement.EnumerateObject().Where(figure => figure.Name != "ms_per_item")
            .ToDictionary(figure => figure.Name, figure => figure.Value.ToString());
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        string name = OperatingSystem.IsWindows() ? "diffusionlsp.exe" : "diffusionlsp";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, name), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>The embedded model's tokenizer, a tiny config, and weights that end in the middle of their header.</summary>
    private sealed class CorruptModel : IDisposable
    {
        public CorruptModel()
        {
            File.Copy(Path.Combine(s_model, "tokenizer.json"), Path.Combine(Folder, "tokenizer.json"));
            File.WriteAllText(Path.Combine(Folder, "config.json"), """
                {
                  "model_type": "a2d-qwen3", "vocab_size": 8192, "hidden_size": 64, "intermediate_size": 64,
                  "num_hidden_layers": 1, "num_attention_heads": 1, "head_dim": 64, "max_position_embeddings": 512,
                  "tie_word_embeddings": true, "mask_token_id": 8176
                }
                """);
            File.WriteAllBytes(Path.Combine(Folder, "model.safetensors"), [200, 0, 0, 0, 0, 0, 0, 0, (byte)'{']);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("diffusionlsp-corrupt-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
