using System.Text.Json;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Tests;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>
/// Real networks through the loop, against the greedy trajectories of an independent implementation: one commit a
/// step, the most confident first, nothing forbidden but the mask.
/// </summary>
public sealed class ParityTrajectoryTests
{
    private const double LargestConfidenceError = 1e-5;

    /// <summary>Every checkpoint of the parity data.</summary>
    public static TheoryData<string> Checkpoints() =>
        [.. Directory.GetDirectories(TestData.PathOf("parity")).Select(folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void The_trajectory_matches_token_for_token(string name)
    {
        TorchRuntime.EnsureLoaded();
        var expected = Expected.Load(TestData.PathOf("parity", name, "expected.json"));
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", name));
        using var predictor = Qwen2Diffusion.Load(checkpoint, torch.CPU, torch.float32);
        int mask = expected.MaskTokenId;
        int start = Array.IndexOf(expected.InputIds, mask);
        int end = Array.LastIndexOf(expected.InputIds, mask) + 1;
        var canvas = new Canvas(expected.InputIds[..start], end - start, expected.InputIds[end..], mask);
        var roles = new TokenRoles { Mask = mask, LogitShift = checkpoint.Config.LogitShift ? 1 : 0 };
        var options = new DenoisingOptions { LongestSpan = end - start, ExpansionBudget = 0, Rule = CommitRule.OneAtATime };
        var commits = new List<Commit>();

        var result = new Denoiser(predictor, roles).Denoise(
            canvas, options, [], cells => commits.Add(FreshIn(cells, start)), TestContext.Current.CancellationToken);

        Assert.Equal(expected.LogitShift, checkpoint.Config.LogitShift);
        Assert.Equal(expected.Trajectory.Select(c => (c.Position, c.Token)), commits.Select(c => (c.Position, c.Token)));
        Assert.All(
            expected.Trajectory.Zip(commits),
            pair => Assert.Equal(pair.First.Confidence, pair.Second.Confidence, LargestConfidenceError));
        Assert.Equal(expected.Trajectory.Count, result.Forwards);
    }

    private static Commit FreshIn(IReadOnlyList<SpanCell> cells, int start)
    {
        var (cell, index) = Assert.Single(
            cells.Select((cell, index) => (cell, index)), pair => pair.cell.State == CellState.Fresh);
        return new Commit(start + index, cell.TokenId, cell.Confidence);
    }

    private sealed record Commit(int Position, int Token, double Confidence);

    private sealed record Expected(bool LogitShift, int MaskTokenId, int[] InputIds, IReadOnlyList<Commit> Trajectory)
    {
        private static readonly JsonSerializerOptions Names =
            new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

        public static Expected Load(string path) =>
            JsonSerializer.Deserialize<Expected>(File.ReadAllText(path), Names)!;
    }
}
