using DiffusionLsp.Engine.Models;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Tests.Models;

public class CopyHeadTests
{
    private static readonly float[] s_weights = [0.5f, 0.3f, 0.2f];
    private static readonly long[] s_followers = [2, 1, 2];
    private static readonly bool[] s_allowed = [true, false, true, false, false, false];

    public CopyHeadTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void The_mixture_is_the_vocabularys_share_and_the_weight_on_places_that_a_token_follows()
    {
        using var scope = NewDisposeScope();
        var mixed = CopyHead.Mix(zeros(1, 4), tensor(s_weights, [1, 3]), full(1, 0.6f), tensor(s_followers)).exp();

        float[] expected = [0.1f, 0.1f + 0.18f, 0.1f + 0.42f, 0.1f];
        Assert.Equal(expected, mixed.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_row_points_where_it_may_and_a_row_that_may_point_nowhere_has_no_gate()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        random.manual_seed(3);
        var head = new CopyHead(hiddenSize: 8, size: 4, new Placement(CPU, float32));
        foreach (var (_, weight) in head.named_parameters())
        {
            weight.normal_();
        }

        var allowed = tensor(s_allowed, [2, 3]);
        var (weights, gate) = head.Point(randn(2, 8), head.Keys(randn(3, 8)), allowed);

        float[] first = weights[0].data<float>().ToArray();
        Assert.Equal(0, first[1]);
        Assert.Equal(1, first[0] + first[2], 1e-5);
        float[] gates = gate.data<float>().ToArray();
        Assert.InRange(gates[0], 1e-6f, 1 - 1e-6f);
        Assert.Equal(0, gates[1]);
        head.Dispose();
    }
}
