using TorchSharp;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>The native library of this build loads on this machine and computes.</summary>
public sealed class TorchLoadTests
{
    [Fact]
    public void Libtorch_loads_and_reports_the_version_that_the_package_brings() =>
        Assert.StartsWith("2.10.", torch.__version__, StringComparison.Ordinal);

    [Fact]
    public void A_product_of_two_matrices_is_right()
    {
        using var scope = torch.NewDisposeScope();
        var left = torch.tensor(new float[] { 1, 2, 3, 4 }, 2, 2);
        var right = torch.tensor(new float[] { 5, 6, 7, 8 }, 2, 2);

        Assert.Equal([19f, 22f, 43f, 50f], left.matmul(right).data<float>().ToArray());
    }
}
