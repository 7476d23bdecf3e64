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
    private readonly List<IStatefulRule> _matrixRules;
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
        _matrixRules = options.MatrixRule == MatrixRule.AdamW
            ? [new Adam("matrices", matrices)]
            : [.. matrices
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
        var head = Loss(batch, rows);
        autograd.backward([.. head.Outputs], [.. head.Gradients]);
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
        return rows.Mean(Loss(batch, rows).Each);
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

    private HeadLoss Loss(SpanBatch batch, LossRows rows)
    {
        long[] shape = [batch.Sequences, batch.Length];
        var visible = tensor(batch.Visible, [batch.Sequences, 1, batch.Length, batch.Length]);       // [B, 1, T, T]
        var hidden = _network.Hidden(
            tensor(batch.Ids, shape),
            tensor(batch.Previous, shape),
            tensor(batch.Positions, shape),
            AttentionMask.Additive(visible, _computeType, CPU),
            CancellationToken.None);                                                                 // [B, T, C]
        var normed = _network.Normed(hidden);                                                        // [B, T, C]
        var wanted = tensor(rows.Rows);                                                              // [R]
        var copies = _network.CopyHead is { } head ? Copies(head, normed, visible.squeeze(1), batch, rows) : null;
        return new HeadLoss(normed.flatten(0, 1).index_select(0, wanted), _network.HeadWeight, rows, copies);
    }

    /// <summary>How much of the copying head's weight lies on places that the targets follow, and its gate.</summary>
    private static CopiedTargets Copies(CopyHead head, Tensor normed, Tensor visible, SpanBatch batch, LossRows rows)
    {
        long[] shape = [batch.Sequences, batch.Length];
        var targets = full(shape, SpanBatch.NoToken - 1, int64);                                     // [B, T]
        var wanted = tensor(rows.Rows);                                                              // [R]
        targets.view(-1).index_copy_(0, wanted, tensor(rows.Targets));
        var followers = tensor(batch.Followers, shape).unsqueeze(1);                                 // [B, 1, T]
        var itself = eye(batch.Length, batch.Length, @bool);                                         // [T, T]
        var allowed = visible & followers.ne(SpanBatch.NoToken) & itself.logical_not();              // [B, T, T]
        var (weights, gate) = head.Point(normed, head.Keys(normed), allowed);                        // [B, T, T], [B, T]
        var copied = (weights * followers.eq(targets.unsqueeze(2))).sum(-1);                         // [B, T]
        return new CopiedTargets(copied.view(-1).index_select(0, wanted), gate.view(-1).index_select(0, wanted));
    }
}
