using DiffusionLsp.Training.Fitting;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class HeadLossTests
{
    /// <summary>The gradients written by hand against those that autograd finds for the plain formula.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(1300)]
    public void Losses_and_gradients_are_those_of_autograd(int rows)
    {
        DiffusionLsp.Engine.TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var normed = randn(rows, 16).requires_grad_(true);
        var weight = randn(40, 16).requires_grad_(true);
        long[] targets = [.. Enumerable.Range(0, rows).Select(row => row * 7L % 40)];
        float[] weights = [.. Enumerable.Range(0, rows).Select(row => 0.1f + (row % 3))];

        var loss = new HeadLoss(normed, weight, new LossRows(new long[rows], targets, weights, rows, 1), copies: null);

        var each = nn.functional.cross_entropy(
            nn.functional.linear(normed, weight), tensor(targets), reduction: nn.Reduction.None) * tensor(weights);
        each.sum().backward();
        Assert.True(tensor(loss.Each).allclose(each, 1e-4, 1e-5));
        Assert.True(loss.Gradients[0].allclose(normed.grad!, 1e-4, 1e-5));
        Assert.True(loss.WeightGradient.allclose(weight.grad!, 1e-4, 1e-4));
    }

    /// <summary>The same for the mixture of vocabulary and copies.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(1300)]
    public void With_copies_losses_and_gradients_are_those_of_autograd(int rows)
    {
        DiffusionLsp.Engine.TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var normed = randn(rows, 16).requires_grad_(true);
        var weight = randn(40, 16).requires_grad_(true);
        var copied = rand(rows).requires_grad_(true);
        var gate = rand(rows).requires_grad_(true);
        long[] targets = [.. Enumerable.Range(0, rows).Select(row => row * 7L % 40)];
        float[] weights = [.. Enumerable.Range(0, rows).Select(row => 0.1f + (row % 3))];

        var loss = new HeadLoss(
            normed, weight, new LossRows(new long[rows], targets, weights, rows, 1), new CopiedTargets(copied, gate));

        var own = nn.functional.linear(normed, weight).softmax(1).gather(1, tensor(targets).unsqueeze(1)).squeeze(1);
        var each = ((own * (1 - gate)) + (copied * gate)).log().neg() * tensor(weights);
        each.sum().backward();
        Assert.True(tensor(loss.Each).allclose(each, 1e-4, 1e-5));
        Assert.Equal(3, loss.Outputs.Count);
        Assert.True(loss.Gradients[0].allclose(normed.grad!, 1e-3, 1e-4));
        Assert.True(loss.Gradients[1].allclose(copied.grad!, 1e-3, 1e-4));
        Assert.True(loss.Gradients[2].allclose(gate.grad!, 1e-3, 1e-4));
        Assert.True(loss.WeightGradient.allclose(weight.grad!, 1e-3, 1e-3));
    }

    [Fact]
    public void Muon_makes_directions_orthogonal()
    {
        DiffusionLsp.Engine.TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        random.manual_seed(3);

        var direction = Muon.Orthogonalize(randn(2, 24, 16)).to_type(float32);

        var (_, values, _) = linalg.svd(direction);
        Assert.All(values.data<float>().ToArray(), value => Assert.InRange(value, 0.6f, 1.3f));
    }
}
