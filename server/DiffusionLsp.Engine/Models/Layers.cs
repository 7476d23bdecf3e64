using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiffusionLsp.Engine.Models;

/// <summary>Whether a projection adds a bias.</summary>
internal enum Bias
{
    /// <summary>It does not.</summary>
    Without,

    /// <summary>It does.</summary>
    With,
}

/// <summary>
/// Where and as what a network's weights are made. They are made there once: Module.to() would leave fields of another
/// name than their component pointing at the old tensors.
/// </summary>
/// <param name="Device">The device.</param>
/// <param name="Dtype">The type.</param>
internal sealed record Placement(Device Device, ScalarType Dtype)
{
    /// <summary>A weight of that shape, not yet filled.</summary>
    public Parameter Weight(params long[] shape) => Parameter(empty(shape, Dtype, Device));
}

/// <summary>x · Wᵀ (+ b), the weight cast to the type of x where they differ.</summary>
internal sealed class Projection : Module
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    public Projection(int inputs, int outputs, Bias bias, Placement placement)
        : this(placement.Weight(outputs, inputs), bias == Bias.With ? placement.Weight(outputs) : null)
    {
    }

    /// <summary>Makes a projection of weights that lie somewhere already; it takes over both.</summary>
    public Projection(Parameter weight, Parameter? bias)
        : base(nameof(Projection))
    {
        _weight = weight;                                                                            // [out, in]
        _bias = bias;                                                                                // [out]
        RegisterComponents();
    }

    /// <summary>The weight, shape [out, in].</summary>
    public Tensor Weight => _weight;

    /// <summary>[.., in] to [.., out].</summary>
    public Tensor Forward(Tensor x) =>
        functional.linear(x, _weight.to_type(x.dtype), _bias?.to_type(x.dtype));
}

/// <summary>The embedding table; TorchSharp has no functional embedding, so rows are selected.</summary>
internal sealed class TokenTable : Module
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    public TokenTable(int vocabulary, int size, Placement placement)
        : base(nameof(TokenTable))
    {
        _weight = placement.Weight(vocabulary, size);                                                // [V, C]
        RegisterComponents();
    }

    /// <summary>The table, shape [V, C].</summary>
    public Tensor Weight => _weight;

    /// <summary>[B, T] to [B, T, C].</summary>
    public Tensor Forward(Tensor ids) =>
        _weight.index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], _weight.shape[1]);
}

/// <summary>x / rms(x) · w over the last dimension, computed in fp32 (Zhang and Sennrich, arXiv 1910.07467).</summary>
internal sealed class RootMeanSquareNorm : Module
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    private readonly double _epsilon;

    public RootMeanSquareNorm(int size, double epsilon, Placement placement)
        : base(nameof(RootMeanSquareNorm))
    {
        _epsilon = epsilon;
        _weight = placement.Weight(size);                                                            // [C]
        RegisterComponents();
    }

    /// <summary>The gains, shape [C].</summary>
    public Tensor Weight => _weight;

    /// <summary>Same shape and type out as in.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = _epsilon;
        var wide = x.to_type(float32);
        var scale = wide.square().mean([-1], keepdim: true).add(epsilon).rsqrt();                    // [.., 1]
        return ((wide * scale).to_type(x.dtype) * _weight.to_type(x.dtype)).MoveToOuterDisposeScope();
    }
}
