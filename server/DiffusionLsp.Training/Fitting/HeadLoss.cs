using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>The losses of a batch, in nats a token.</summary>
/// <param name="NextToken">Mean cross-entropy of the context's next tokens.</param>
/// <param name="Span">Weighted mean cross-entropy of the masked tokens of the span.</param>
internal readonly record struct Losses(double NextToken, double Span);

/// <summary>The rows of a batch that have a target: first those of next tokens, then the masked ones.</summary>
/// <param name="Rows">Rows into B·T, [R].</param>
/// <param name="Targets">Target ids, [R].</param>
/// <param name="Weights">Weights of the rows in the loss, [R].</param>
/// <param name="NextTokens">How many of the rows are next tokens.</param>
/// <param name="SpanWeight">The sum of the masked rows' weights.</param>
internal sealed record LossRows(long[] Rows, long[] Targets, float[] Weights, int NextTokens, double SpanWeight)
{
    /// <summary>Both losses are means; the masked one counts <paramref name="spanWeight"/> times.</summary>
    public static LossRows Of(SpanBatch batch, double spanWeight)
    {
        float next = 1f / Math.Max(1, batch.NextTokens.Count);
        float span = (float)(spanWeight / Math.Max(1e-6, batch.Masked.Sum(row => row.Weight)));
        return new LossRows(
            [.. batch.NextTokens.Select(row => row.Row), .. batch.Masked.Select(row => row.Row)],
            [.. batch.NextTokens.Select(row => row.Target), .. batch.Masked.Select(row => row.Target)],
            [.. batch.NextTokens.Select(_ => next), .. batch.Masked.Select(row => row.Weight * span)],
            batch.NextTokens.Count,
            spanWeight);
    }

    /// <summary>The two means from the weighted cross-entropy of each row.</summary>
    public Losses Mean(ReadOnlySpan<float> each)
    {
        double next = 0;
        double span = 0;
        for (int row = 0; row < each.Length; row++)
        {
            (next, span) = row < NextTokens ? (next + each[row], span) : (next, span + each[row]);
        }

        return new Losses(next, span / SpanWeight);
    }
}

/// <summary>
/// Head, softmax and cross-entropy in one go over chunks of rows, with their gradients, as
/// linkedin/Liger-Kernel:src/liger_kernel/ops/fused_linear_cross_entropy.py does on a GPU: the [R, V] logits of a batch
/// are never held as a whole, and nothing is recomputed backward.
/// </summary>
/// <remarks>
/// Where the network copies, a target's probability is (1 − gate) · vocabulary + gate · copied. The vocabulary's share of
/// it scales the gradient of its logits; gate and copied have gradients of their own.
/// </remarks>
internal sealed class HeadLoss
{
    private const int ChunkRows = 512;

    // Held, since TorchSharp hands libtorch a bare pointer to them.
    private static readonly Scalar s_smallest = 1e-30;
    private static readonly Scalar s_minusOne = -1;

    /// <summary>Computes the losses and gradients.</summary>
    /// <param name="normed">The last norm's output, shape [R, C].</param>
    /// <param name="weight">The head's weight in fp32, shape [V, C].</param>
    /// <param name="rows">Targets and weights.</param>
    /// <param name="copies">What the copying head gives the targets; null where the network has none.</param>
    public HeadLoss(Tensor normed, Tensor weight, LossRows rows, CopiedTargets? copies)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var narrow = weight.to_type(normed.dtype);                                                   // [V, C]
        var weightGradient = zeros_like(weight);                                                     // [V, C]
        var normedGradient = empty_like(normed);                                                     // [R, C]
        var copiedGradient = copies is null ? null : zeros_like(copies.Copied);                      // [R]
        var gateGradient = copies is null ? null : zeros_like(copies.Gate);                          // [R]
        Each = new float[rows.Rows.Length];
        for (int start = 0; start < Each.Length; start += ChunkRows)
        {
            int count = Math.Min(ChunkRows, Each.Length - start);
            using var chunk = NewDisposeScope();
            var x = normed.narrow(0, start, count);                                                  // [r, C]
            var targets = tensor(rows.Targets.AsMemory(start, count).ToArray()).unsqueeze(1);        // [r, 1]
            var weights = tensor(rows.Weights.AsMemory(start, count).ToArray()).unsqueeze(1);        // [r, 1]
            var gradient = nn.functional.softmax(nn.functional.linear(x, narrow), -1, float32);      // [r, V]
            var probability = gradient.gather(1, targets);                                           // [r, 1]
            var scale = weights;                                                                     // [r, 1]
            if (copies is not null)
            {
                var gate = copies.Gate.narrow(0, start, count).unsqueeze(1);                         // [r, 1]
                var copied = copies.Copied.narrow(0, start, count).unsqueeze(1);                     // [r, 1]
                var own = probability;                                                               // [r, 1]
                var kept = ones_like(gate).sub_(gate);                                               // [r, 1]
                probability = (own * kept).add_(copied * gate).clamp_min_(s_smallest);
                var ratio = weights / probability;                                                   // [r, 1]
                scale = ratio * own * kept;
                copiedGradient!.narrow(0, start, count).copy_((ratio * gate).neg_().squeeze(1));
                gateGradient!.narrow(0, start, count).copy_((ratio * (own - copied)).squeeze(1));
            }

            var losses = probability.clamp_min(s_smallest).log_().mul_(weights).neg_();     // [r, 1]
            losses.data<float>().CopyTo(Each.AsSpan(start, count));
            gradient.scatter_add_(1, targets, full_like(weights, s_minusOne)).mul_(scale);
            var narrowGradient = gradient.to_type(normed.dtype);                                     // [r, V]
            normedGradient.narrow(0, start, count).copy_(narrowGradient.matmul(narrow));
            weightGradient.add_(narrowGradient.t().matmul(x));
        }

        Outputs = copies is null ? [normed] : [normed, copies.Copied, copies.Gate];
        Gradients = copies is null ? [normedGradient] : [normedGradient, copiedGradient!, gateGradient!];
        foreach (var gradient in Gradients)
        {
            gradient.MoveToOuterDisposeScope();
        }

        WeightGradient = weightGradient.MoveToOuterDisposeScope();
    }

    /// <summary>The weighted cross-entropy of each row, [R].</summary>
    public float[] Each { get; }

    /// <summary>The network's outputs that the loss depends on, beside the head's weight.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>The loss's gradients at <see cref="Outputs"/>.</summary>
    public IReadOnlyList<Tensor> Gradients { get; }

    /// <summary>The loss's gradient at the head's weight, shape [V, C].</summary>
    public Tensor WeightGradient { get; }
}

/// <summary>What the copying head gives the rows that have a target.</summary>
/// <param name="Copied">The weight on places that the target follows, fp32 [R].</param>
/// <param name="Gate">The gate, fp32 [R].</param>
internal sealed record CopiedTargets(Tensor Copied, Tensor Gate);
