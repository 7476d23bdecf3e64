using DiffusionLsp.Engine.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Muon (Keller Jordan, 2024, KellerJordan/Muon:muon.py) for one group of equally shaped matrices, all in one batched
/// Newton–Schulz iteration: the momentum's direction with its singular values pushed to one.
/// </summary>
internal sealed class Muon(IReadOnlyList<(string Name, Tensor Weight)> matrices) : IStatefulRule
{
    private const int Iterations = 5;

    // Numbers go to libtorch as scalars that somebody holds: TorchSharp hands over a bare pointer, and one that nobody
    // holds may be collected under the call.
    private static readonly Scalar s_momentum = 0.95;
    private static readonly Scalar s_smallest = 1e-7;
    private static readonly Scalar s_first = 3.4445;
    private static readonly Scalar s_third = -4.7750;
    private static readonly Scalar s_fifth = 2.0315;

    private readonly Dictionary<string, Tensor> _momentum = matrices.ToDictionary(
        matrix => matrix.Name, matrix => zeros_like(matrix.Weight).DetachFromDisposeScope());

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _momentum.Select(entry => ($"muon.{entry.Key}", entry.Value));

    /// <inheritdoc/>
    public void Step(double rate)
    {
        using var scope = NewDisposeScope();
        var directions = new List<Tensor>(matrices.Count);
        foreach (var (name, weight) in matrices)
        {
            var gradient = weight.grad!;
            var momentum = _momentum[name];
            momentum.mul_(s_momentum).add_(gradient);
            directions.Add(gradient.add(momentum, s_momentum));                                      // Nesterov
        }

        var orthogonal = Orthogonalize(stack(directions));                                           // [M, rows, columns]
        var (rows, columns) = (matrices[0].Weight.shape[0], matrices[0].Weight.shape[1]);
        using Scalar scale = -rate * Math.Sqrt(Math.Max(1.0, (double)rows / columns));
        for (int i = 0; i < matrices.Count; i++)
        {
            matrices[i].Weight.add_(orthogonal[i].to_type(matrices[i].Weight.dtype), scale);
        }
    }

    /// <summary>Quintic Newton–Schulz iteration in bf16 over a stack of matrices, shape kept.</summary>
    internal static Tensor Orthogonalize(Tensor stack)
    {
        using var scope = NewDisposeScope();
        bool tall = stack.shape[1] > stack.shape[2];
        var norms = stack.square().sum([1, 2], keepdim: true).sqrt_().add_(s_smallest);               // [M, 1, 1]
        var x = (stack / norms).to_type(Processor.HasFastBf16 ? bfloat16 : float32);
        x = tall ? x.transpose(1, 2) : x;
        for (int i = 0; i < Iterations; i++)
        {
            var gram = x.matmul(x.transpose(1, 2));                                                  // [M, r, r]
            var polynomial = gram.mul(s_third).add_(gram.matmul(gram), s_fifth);                     // [M, r, r]
            x = x.mul(s_first).add_(polynomial.matmul(x));                                           // [M, r, c]
        }

        return (tall ? x.transpose(1, 2) : x).MoveToOuterDisposeScope();
    }
}

/// <summary>AdamW without decay (Loshchilov and Hutter, arXiv 1711.05101) for embeddings, norms and biases.</summary>
internal sealed class Adam(string label, IReadOnlyList<(string Name, Tensor Weight)> weights) : IStatefulRule
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.95;

    private static readonly Scalar s_beta1 = Beta1;
    private static readonly Scalar s_beta2 = Beta2;
    private static readonly Scalar s_rest1 = 1 - Beta1;
    private static readonly Scalar s_rest2 = 1 - Beta2;
    private static readonly Scalar s_epsilon = 1e-8;
    private static readonly Scalar s_one = 1;

    private readonly Dictionary<string, (Tensor Mean, Tensor Square)> _moments = weights.ToDictionary(
        weight => weight.Name,
        weight => (zeros_like(weight.Weight).DetachFromDisposeScope(), zeros_like(weight.Weight).DetachFromDisposeScope()));

    private readonly Tensor _steps = zeros(1, float32).DetachFromDisposeScope();

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => _moments
        .SelectMany(entry => new[]
        {
            ($"{label}.mean.{entry.Key}", entry.Value.Mean), ($"{label}.square.{entry.Key}", entry.Value.Square),
        })
        .Append(($"{label}.steps", _steps));

    /// <inheritdoc/>
    public void Step(double rate)
    {
        using var scope = NewDisposeScope();
        _steps.add_(s_one);
        double steps = _steps.item<float>();
        using Scalar meanBias = 1 - Math.Pow(Beta1, steps);
        using Scalar squareBias = 1 - Math.Pow(Beta2, steps);
        using Scalar down = -rate;
        foreach (var (name, weight) in weights)
        {
            var gradient = weight.grad!;
            var (mean, square) = _moments[name];
            mean.mul_(s_beta1).add_(gradient, s_rest1);
            square.mul_(s_beta2).addcmul_(gradient, gradient, s_rest2);
            weight.addcdiv_(mean.div(meanBias), square.div(squareBias).sqrt_().add_(s_epsilon), down);
        }
    }
}

/// <summary>An update rule over weights that keeps state between steps.</summary>
internal interface IStatefulRule
{
    /// <summary>The state by name, live: writing into the tensors restores it.</summary>
    IEnumerable<(string Name, Tensor Value)> State { get; }

    /// <summary>Moves the weights along their gradients.</summary>
    void Step(double rate);
}
