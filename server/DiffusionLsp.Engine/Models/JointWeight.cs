using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// The weights of several projections of the same input, in one piece of memory: as one matrix for who multiplies once, and
/// as the projections that a checkpoint names. Deliberately no module: the piece as a whole is no weight of its own.
/// </summary>
internal sealed class JointWeight : IDisposable
{
    private readonly Tensor _weight;
    private readonly Tensor? _bias;
    private int _taken;

    /// <summary>Makes room for the weights.</summary>
    /// <param name="inputs">The width of the input.</param>
    /// <param name="outputs">The widths of all outputs together.</param>
    /// <param name="bias">Whether the projections add biases.</param>
    /// <param name="placement">Where, and of which type.</param>
    public JointWeight(int inputs, int outputs, Bias bias, Placement placement)
    {
        _weight = empty([outputs, inputs], placement.Dtype, placement.Device).DetachFromDisposeScope(); // [sum of outs, in]
        _bias = bias == Models.Bias.With
            ? empty([outputs], placement.Dtype, placement.Device).DetachFromDisposeScope()           // [sum of outs]
            : null;
    }

    /// <summary>All weights, shape [sum of outputs, inputs].</summary>
    public Tensor Weight => _weight;

    /// <summary>All biases, shape [sum of outputs]; null where there are none.</summary>
    public Tensor? Bias => _bias;

    /// <summary>The next projection, with a part of the memory for its weights.</summary>
    public Projection Next(int outputs)
    {
        var projection = new Projection(Part(_weight, outputs), _bias is null ? null : Part(_bias, outputs));
        _taken += outputs;
        return projection;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias?.Dispose();
    }

    private Parameter Part(Tensor whole, int outputs)
    {
        using var part = whole.narrow(0, _taken, outputs);
        return nn.Parameter(part);
    }
}
