using DiffusionLsp.Engine.Models;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Tests.Models;

/// <summary>
/// Whichever way a product takes, by the type and the number of its rows, by the size of its matrix and by the processor, it is
/// the product: held against float64.
/// </summary>
public class ProductTests
{
    private static readonly int[] Rows = [1, 2, 4, 5, 16, 17, 32, 64, 65, 100, 128, 129, 256, 257, 300, 592];

    public ProductTests() => TorchRuntime.EnsureLoaded();

    /// <summary>The last is so large that its product is computed in parts.</summary>
    [Theory]
    [InlineData(7, 5, true)]
    [InlineData(7, 5, false)]
    [InlineData(1_501, 1_024, true)]
    [InlineData(1_501, 1_024, false)]
    [InlineData(8_209, 896, true)]
    public void Rows_times_a_matrix(int outputs, int inputs, bool byOneDnn)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        manual_seed(1);
        var weight = randn([outputs, inputs]);
        var nothing = empty([0]);
        using var script = LayerScript.Compile(new ProductWays(HasMkl: byOneDnn, IsSlowUnderMkl: byOneDnn, HasFastBf16: byOneDnn));
        foreach (int rows in Rows)
        {
            using var inner = NewDisposeScope();
            var x = randn([rows, inputs]);
            foreach (var (type, error) in new[] { (float32, 1e-5), (bfloat16, 1e-2) })
            {
                var (left, right) = (x.to_type(type), weight.to_type(type));

                var product = LayerScript.Product(script, left, new WeightMatrix(right, nothing.to_type(type)), nothing.to_type(type));

                var expected = left.to_type(float64).matmul(right.to_type(float64).t());
                Assert.Equal([rows, outputs], product.shape);
                Assert.Equal(type, product.dtype);
                double largest = (product.to_type(float64) - expected).abs().max().item<double>();
                Assert.True(largest <= error * expected.abs().max().item<double>(), $"{rows} rows of {type}: wrong by {largest}");
            }
        }
    }
}
