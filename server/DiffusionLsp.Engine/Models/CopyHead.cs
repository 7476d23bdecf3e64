using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// Predicts by pointing: a row looks for places of the context that look like its own, and takes the token that
/// follows there. A gate decides between that and the vocabulary's head. Names that a small network cannot know stand in
/// the context most of the time, and pointing at them needs no training of their embeddings.
/// </summary>
/// <remarks>
/// After the pointer mixtures of Merity et al. (arXiv 1609.07843) and the continuous cache of Grave et al.
/// (arXiv 1612.04426), with learnt queries and keys, for masked rows as well as for next tokens.
/// </remarks>
internal sealed class CopyHead : Module
{
    // Far below any score, and finite: a row that may point nowhere has some weights, which its gate takes away.
    private const float Hopeless = -1e9f;

    [ComponentName(Name = "q_proj")]
    private readonly Projection _query;

    [ComponentName(Name = "k_proj")]
    private readonly Projection _key;

    [ComponentName(Name = "gate")]
    private readonly Projection _gate;

    private readonly double _scale;

    /// <summary>Makes the head with room for its weights.</summary>
    public CopyHead(int hiddenSize, int size, Placement placement)
        : base(nameof(CopyHead))
    {
        _query = new Projection(hiddenSize, size, Bias.Without, placement);
        _key = new Projection(hiddenSize, size, Bias.Without, placement);
        _gate = new Projection(hiddenSize, 1, Bias.With, placement);
        _scale = 1 / Math.Sqrt(size);
        RegisterComponents();
    }

    /// <summary>What a context is looked for by: the last norm's output at its rows, [.., S, C], to [.., S, D].</summary>
    public Tensor Keys(Tensor context) => _key.Forward(context);

    /// <summary>Where each row points and how much it trusts that.</summary>
    /// <param name="rows">The last norm's output at the predicting rows, shape [.., R, C].</param>
    /// <param name="keys">The context's <see cref="Keys"/>, shape [.., S, D].</param>
    /// <param name="allowed">Whether row may point at column, bool [.., R, S].</param>
    /// <returns>
    /// Weights over the columns, fp32 [.., R, S], and gates between 0 and 1, fp32 [.., R]; the gate of a row that may
    /// point nowhere is 0.
    /// </returns>
    public (Tensor Weights, Tensor Gate) Point(Tensor rows, Tensor keys, Tensor allowed)
    {
        using var scope = NewDisposeScope();
        using Scalar scale = _scale;
        using Scalar hopeless = Hopeless;
        var scores = _query.Forward(rows).matmul(keys.transpose(-2, -1)).mul(scale).to_type(float32); // [.., R, S]
        var weights = scores.masked_fill(allowed.logical_not(), hopeless).softmax(-1);               // [.., R, S]
        var gate = _gate.Forward(rows).to_type(float32).squeeze(-1).sigmoid();                       // [.., R]
        var mayPoint = allowed.any(-1, false);                                                       // [.., R]
        return (weights.MoveToOuterDisposeScope(), (gate * mayPoint).MoveToOuterDisposeScope());
    }

    /// <summary>The logits mixed with what the rows point at: <see cref="Point"/>, then <see cref="Mix"/>.</summary>
    /// <param name="logits">The vocabulary's logits, fp32 [R, V].</param>
    /// <param name="rows">The last norm's output at the predicting rows, shape [R, C].</param>
    /// <param name="keys">The context's <see cref="Keys"/>, shape [S, D].</param>
    /// <param name="allowed">Which columns may be pointed at, bool [S] or [R, S].</param>
    /// <param name="followers">The token after each column, length S.</param>
    /// <returns>Log-probabilities, fp32 [R, V].</returns>
    public Tensor Mixed(Tensor logits, Tensor rows, Tensor keys, Tensor allowed, long[] followers)
    {
        using var scope = NewDisposeScope();
        var (weights, gate) = Point(rows, keys, allowed.expand(rows.shape[0], followers.Length));    // [R, S], [R]
        return Mix(logits, weights, gate, tensor(followers, int64, logits.device)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The logarithm of the mixed probabilities: the vocabulary's, and those of the tokens pointed at.
    /// </summary>
    /// <param name="logits">The vocabulary's logits, fp32 [R, V].</param>
    /// <param name="weights">Weights over the columns, [R, S].</param>
    /// <param name="gate">[R].</param>
    /// <param name="followers">The token after each column, int64 [S].</param>
    /// <returns>Log-probabilities, fp32 [R, V].</returns>
    public static Tensor Mix(Tensor logits, Tensor weights, Tensor gate, Tensor followers)
    {
        using var scope = NewDisposeScope();
        using Scalar once = 1;
        using Scalar least = 1e-30;
        var share = gate.unsqueeze(1);                                                               // [R, 1]
        var kept = ones_like(share).sub_(share);                                                     // [R, 1]
        var mixed = logits.softmax(1).mul_(kept);                                                    // [R, V]
        mixed.index_add_(1, followers, weights * share, once);
        return mixed.clamp_min_(least).log_().MoveToOuterDisposeScope();
    }
}
