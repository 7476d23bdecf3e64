using System.Text.Json;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Tests;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Tests.Models;

/// <summary>The forward pass against logits of an independent float64 implementation (expected.json).</summary>
public sealed class ParityLogitsTests
{
    private const double LargestErrorInFp32 = 1e-5;
    private const double LargestErrorInBf16 = 2e-2;

    private static readonly int[] s_context = [0, 1, 2, 5, 6];
    private static readonly int[] s_span = [3, 4];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every checkpoint of the parity data.</summary>
    public static TheoryData<string> Checkpoints() =>
        [.. Directory.GetDirectories(TestData.PathOf("parity")).Select(folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Logits_match_the_float64_reference(string name)
    {
        RequireParity(name, float32, Caching.None, LargestErrorInFp32);
        RequireParity(name, float32, Caching.Kept, LargestErrorInFp32);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Logits_in_bf16_are_near_the_float64_reference(string name)
    {
        RequireParity(name, bfloat16, Caching.None, LargestErrorInBf16);
        RequireParity(name, bfloat16, Caching.Kept, LargestErrorInBf16);
    }

    private static void RequireParity(string name, ScalarType dtype, Caching caching, double largestError)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var expected = JsonDocument.Parse(File.ReadAllText(TestData.PathOf("parity", name, "expected.json")));
        int[] ids = [.. expected.RootElement.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", name));
        using var predictor = MaskPredictors.Load(
            checkpoint, new Placement(CPU, dtype), ids.Length, new PredictorLoading { Caching = caching });

        var logits = predictor.Predict(CanvasOf(ids, checkpoint.Config.MaskTokenId), [.. Enumerable.Range(0, ids.Length)], Token);

        var reference = tensor(
            expected.RootElement.GetProperty("logits").EnumerateArray()
                .SelectMany(row => row.EnumerateArray().Select(value => value.GetDouble())).ToArray(),
            [ids.Length, checkpoint.Config.VocabSize]);
        double error = ((logits.to_type(float64) - reference).norm() / reference.norm()).item<double>();
        Assert.True(error <= largestError, $"{name}: relative error {error:E2}");
    }

    [Fact]
    public void Rows_alone_give_the_rows_of_the_whole()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", "dream"));
        using var predictor = Qwen2Diffusion.Load(checkpoint, CPU, float32);
        var canvas = new Canvas([1, 2, 3, 4], 3, [5, 6], checkpoint.Config.MaskTokenId);

        var whole = predictor.Predict(canvas, [.. Enumerable.Range(0, canvas.Ids.Count)], Token);
        var some = predictor.Predict(canvas, [3, 5], Token);

        Assert.True(whole.index_select(0, tensor(new long[] { 3, 5 })).allclose(some, 1e-5, 1e-5));
    }

    [Fact]
    public void A_cancelled_token_stops_before_a_layer()
    {
        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", "dream"));
        using var predictor = Qwen2Diffusion.Load(checkpoint, CPU, float32);
        var canvas = new Canvas([1, 2], 2, [], checkpoint.Config.MaskTokenId);

        Assert.Throws<OperationCanceledException>(() => predictor.Predict(canvas, [2], new CancellationToken(canceled: true)));
    }

    /// <summary>A context that ignores the span: its rows are the same whatever stands in the span.</summary>
    [Fact]
    public void In_the_context_causal_pattern_the_context_does_not_see_the_span()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(TestData.PathOf("parity", "a2d-qwen3"));
        var config = checkpoint.Config with { AttentionPattern = AttentionPattern.ContextCausal };
        using var network = new Qwen2Network(config, new Placement(CPU, float32));
        checkpoint.LoadInto(network);
        using var none = no_grad();
        var masked = new Canvas([1, 2, 3], 2, [4, 5], config.MaskTokenId);
        var filled = new Canvas([1, 2, 3], 2, [4, 5], config.MaskTokenId);
        filled.Commit(3, 9);
        filled.Commit(4, 8);

        var difference = (HiddenOf(network, masked) - HiddenOf(network, filled)).abs().amax([2]).flatten(); // [T]

        float[] each = difference.data<float>().ToArray();
        Assert.All(s_context, position => Assert.Equal(0f, each[position]));
        Assert.All(s_span, position => Assert.NotEqual(0f, each[position]));
    }

    private static Tensor HiddenOf(Qwen2Network network, Canvas canvas)
    {
        var ids = tensor(canvas.Ids.Select(id => (long)id).ToArray()).unsqueeze(0);
        var mask = AttentionMask.For(AttentionPattern.ContextCausal, canvas, float32, CPU);
        var previous = tensor(CanvasContext.Previous(AttentionPattern.ContextCausal, canvas)).unsqueeze(0);
        return network.Hidden(ids, previous, arange(canvas.Ids.Count), mask, Token);
    }

    private static Canvas CanvasOf(int[] ids, int mask)
    {
        int start = Array.IndexOf(ids, mask);
        int end = Array.LastIndexOf(ids, mask) + 1;
        return new Canvas(ids[..start], end - start, ids[end..], mask);
    }
}
