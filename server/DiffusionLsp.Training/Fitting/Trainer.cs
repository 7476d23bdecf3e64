using DiffusionLsp.Engine.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// One optimizer step over a batch: fp32 master weights, bf16 activations. Knows nothing of files; the run saves and
/// restores what <see cref="Weights"/> and <see cref="State"/> list.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private const double ClipNorm = 1.0;

    private readonly Qwen2Network _network;
    private readonly FitOptions _options;
    private readonly ScalarType _computeType;
    private readonly List<Muon> _matrixRules;
    private readonly Adam _vectorRule;
    private readonly Adam? _embeddingRule;
    private readonly Parameter[] _vectors;

    /// <summary>Takes a network with fp32 weights on the CPU.</summary>
    public Trainer(Qwen2Network network, FitOptions options, ScalarType computeType)
    {
        _network = network;
        _options = options;
        _computeType = computeType;
        var named = network.named_parameters().Select(entry => (Name: entry.name, Weight: (Tensor)entry.parameter)).ToList();
        var matrices = named.Where(entry => IsLayerMatrix(entry.Name, entry.Weight)).ToList();
        _matrixRules = [.. matrices
            .GroupBy(entry => (entry.Weight.shape[0], entry.Weight.shape[1]))
            .Select(group => new Muon([.. group]))];
        var embedding = named.Where(entry => IsEmbeddingOfItsOwn(entry.Name, network, entry.Weight)).ToList();
        var vectors = named.Except(matrices).Except(embedding).ToList();
        _embeddingRule = embedding.Count == 0 ? null : new Adam("embedding", embedding);
        _vectorRule = new Adam("adam", vectors);
        _vectors = [.. vectors.Select(entry => entry.Weight).Cast<Parameter>()];
        Weights = named;
    }

    /// <summary>The master weights by their names in the checkpoint.</summary>
    public IReadOnlyList<(string Name, Tensor Weight)> Weights { get; }

    /// <summary>The optimizer's state by name.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _matrixRules.SelectMany(rule => rule.State).Concat(_vectorRule.State).Concat(_embeddingRule?.State ?? []);

    /// <summary>Forward, backward and update, at the rate of this step.</summary>
    public Losses Step(SpanBatch batch, int step) => Step(batch, step, _options.RateFactor(step));

    /// <summary>Forward, backward and update, with the rates times a factor.</summary>
    public Losses Step(SpanBatch batch, int step, double factor)
    {
        using var scope = NewDisposeScope();
        var rows = LossRows.Of(batch, _options.SpanWeight);
        var normed = Normed(batch, rows);                                                            // [R, C]
        var head = new HeadLoss(normed, _network.HeadWeight, rows);
        normed.backward([head.NormedGradient]);
        using (no_grad())
        {
            AddGradient(_network.HeadWeight, head.WeightGradient);
            nn.utils.clip_grad_norm_(_vectors, ClipNorm);
            _matrixRules.ForEach(rule => rule.Step(_options.MatrixRate * factor));
            _vectorRule.Step(_options.VectorRate * factor);
            _embeddingRule?.Step(_options.EmbeddingRate * factor);
        }

        _network.zero_grad();
        return rows.Mean(head.Each);
    }

    /// <summary>The losses alone.</summary>
    public Losses Evaluate(SpanBatch batch)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var rows = LossRows.Of(batch, _options.SpanWeight);
        return rows.Mean(new HeadLoss(Normed(batch, rows), _network.HeadWeight, rows).Each);
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    /// <summary>A head of its own has no gradient from the forward pass; a tied one has the embedding's.</summary>
    private static void AddGradient(Tensor weight, Tensor gradient)
    {
        if (weight.grad is { } own)
        {
            own.add_(gradient);
        }
        else
        {
            weight.grad = gradient.MoveToOuterDisposeScope();
        }
    }

    private static bool IsEmbeddingOfItsOwn(string name, Qwen2Network network, Tensor weight) =>
        name.Contains("embed_tokens", StringComparison.Ordinal) && !ReferenceEquals(weight, network.HeadWeight);

    private static bool IsLayerMatrix(string name, Tensor weight) =>
        weight.dim() == 2 && name.Contains(".layers.", StringComparison.Ordinal);

    /// <summary>The last norm's output at the rows that have a target, shape [R, C].</summary>
    private Tensor Normed(SpanBatch batch, LossRows rows)
    {
        long[] shape = [batch.Sequences, batch.Length];
        var ids = tensor(batch.Ids, shape);                                                          // [B, T]
        var positions = tensor(batch.Positions, shape);                                              // [B, T]
        var visible = tensor(batch.Visible, [batch.Sequences, 1, batch.Length, batch.Length]);       // [B, 1, T, T]
        var mask = AttentionMask.Additive(visible, _computeType, CPU);
        var hidden = _network.Hidden(ids, positions, mask, CancellationToken.None).flatten(0, 1);    // [B·T, C]
        return _network.Normed(hidden.index_select(0, tensor(rows.Rows)));
    }
}
