using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// The exponential moving average of the weights, in fp32: what is validated and exported, since it lies nearer to the
/// middle of where the steps wander. While it is young it keeps (1 + t) / (10 + t) a step, as
/// tensorflow/tensorflow:tensorflow/python/training/moving_averages.py does, so that the first weights are soon forgotten.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly IReadOnlyList<(string Name, Tensor Weight)> _weights;
    private readonly double _decay;

    /// <summary>Begins with the weights as they are.</summary>
    public WeightAverage(IReadOnlyList<(string Name, Tensor Weight)> weights, double decay)
    {
        // The scope keeps the views between weight and copy alive: a view that nothing refers to may be collected while
        // libtorch still reads it.
        using var scope = NewDisposeScope();
        using var none = no_grad();
        _weights = weights;
        _decay = decay;
        Values = [.. weights.Select(entry => (entry.Name, entry.Weight.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>The averages by the weights' names, live: writing into the tensors restores them.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Values { get; }

    /// <summary>Takes the weights in after step number <paramref name="step"/>, counted from 0.</summary>
    public void Update(int step)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        double kept = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        foreach (var ((_, average), (_, weight)) in Values.Zip(_weights))
        {
            average.lerp_(weight, 1 - kept);
        }
    }

    /// <summary>Computes something with the averages in the place of the weights, which come back bit for bit.</summary>
    public T InPlace<T>(Func<T> compute)
    {
        Swap();
        try
        {
            return compute();
        }
        finally
        {
            Swap();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, average) in Values)
        {
            average.Dispose();
        }
    }

    private void Swap()
    {
        using var none = no_grad();
        foreach (var ((_, average), (_, weight)) in Values.Zip(_weights))
        {
            using var scope = NewDisposeScope();
            var kept = weight.detach().clone();
            weight.copy_(average);
            average.copy_(kept);
        }
    }
}
