using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Tests;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Tests.Models;

public sealed class Int8Tests
{
    private const int Positions = 200;
    private const double FewestAgree = 0.97;

    private static readonly Placement s_float32 = new(CPU, float32);

    public Int8Tests() => TorchRuntime.EnsureLoaded();

    private static string Quicksilver => Path.Combine(TestData.RepositoryRoot, "models", "quicksilver");

    [Fact]
    public void A_rounded_matrix_is_off_by_half_a_step_at_most()
    {
        using var scope = NewDisposeScope();
        var weight = randn(300, 70);
        var rounded = WeightMatrix.Rounded(weight, s_float32);

        var back = rounded.Values.to_type(float32) * rounded.Scales.unsqueeze(1);

        var steps = (back - weight).abs() / rounded.Scales.unsqueeze(1);
        Assert.True(steps.max().item<float>() <= 0.5001f);
        Assert.Equal(127, rounded.Values.to_type(int32).abs().max().item<int>());
        Assert.True(rounded.Rows(tensor(new long[] { 7, 3 })).allclose(back.index_select(0, tensor(new long[] { 7, 3 }))));
    }

    [Theory]
    [InlineData(70)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void A_product_is_that_of_the_widened_matrix_however_little_scratch_there_is(int scratch)
    {
        using var scope = NewDisposeScope();
        var rounded = WeightMatrix.Rounded(randn(300, 70), s_float32);
        var x = randn(5, 70);
        var expected = x.matmul((rounded.Values.to_type(float32) * rounded.Scales.unsqueeze(1)).t());

        Assert.True(LayerScript.Product(x, rounded, empty(scratch)).allclose(expected, 1e-4, 1e-4));
    }

    [Fact]
    public void The_embedded_model_in_eight_bits_says_the_same()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(Quicksilver);
        var tokenizer = Engine.Tokenization.CodeTokenizer.Load(Quicksilver);
        string text = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "samples", "inventory.py"));
        int[] ids = [.. tokenizer.Encode(text)];
        using var whole = MaskPredictors.Load(checkpoint, s_float32, 512, new PredictorLoading());
        using var rounded = MaskPredictors.Load(checkpoint, s_float32, 512, new PredictorLoading { Format = WeightFormat.Int8 });
        int agreed = 0;
        for (int at = 0; at < Positions; at++)
        {
            var canvas = new Canvas(ids[at..(at + 60)], 1, ids[(at + 61)..(at + 80)], checkpoint.Config.MaskTokenId);
            var wide = whole.Predict(canvas, canvas.MaskedPositions(), TestContext.Current.CancellationToken);
            var narrow = rounded.Predict(canvas, canvas.MaskedPositions(), TestContext.Current.CancellationToken);
            agreed += wide.argmax(1).item<long>() == narrow.argmax(1).item<long>() ? 1 : 0;
        }

        Assert.True(agreed >= FewestAgree * Positions, $"{agreed} of {Positions}");
    }

    [Fact]
    public void A_model_without_a_cache_is_refused()
    {
        using var checkpoint = Checkpoint.Open(Quicksilver);
        var loading = new PredictorLoading { Format = WeightFormat.Int8, Caching = Caching.None };

        Assert.Contains(
            "bf16", Assert.Throws<TorchRuntimeException>(() => MaskPredictors.Load(checkpoint, s_float32, 512, loading)).Message,
            StringComparison.Ordinal);
    }
}
