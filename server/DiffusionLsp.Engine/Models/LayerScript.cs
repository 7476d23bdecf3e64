using System.Globalization;
using System.Runtime.Intrinsics.X86;
using DiffusionLsp.Engine.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// One layer as one call: the same arithmetic as <see cref="Qwen2Layer"/>, in TorchScript, which reaches operators that
/// TorchSharp does not wrap and leaves no time between them. It writes keys and values into slots of a cache and attends to
/// what is there. <see cref="RowPass"/> says which rows see what.
/// </summary>
internal static class LayerScript
{
    // Tensors: x [R, C]; cos and sin [R, 1, D], the first half of sin negated; keys, values and unturned [S, K, D].
    // Weights: attention norm [C], joint QKV [(H + 2K)·D, C], its bias or nothing, head norms [H + K, D] or nothing,
    // output [C, H·D], feed-forward norm [C], joint gate and up [2I, C], down [C, I]; then the scales of the four matrices, a
    // number for each of their rows where they are in eight bits, nothing where they are not. Such a matrix is widened a few
    // rows at a time into scratch memory that stays in the processor's cache, and the product is scaled instead of the matrix.
    // Query groups are folded into rows, so that keys are never copied.
    // A few rows are multiplied the other way round, matrix times columns. In fp32 a part of the matrix falls to each processor
    // core, and the columns are as many as MKL has kernels for: that is up to twice as fast; in bf16 oneDNN then needs no copy of
    // the matrix. Where MKL is slow (BLOCKED: processors of AMD with wide registers, of which it uses half), larger fp32 products
    // are convolutions of size one, which oneDNN computes, and bf16 attention is two products of oneDNN with a softmax between.
    // For a convolution it makes a copy of the matrix in an order of its own, and that is done in parts that stay small.
    private const string Source =
        """
        def blocked(rows: int, weight: Tensor):
            return BLOCKED and THREADS > 1 and rows >= 16 and rows * weight.numel() >= 33554432 and rows * weight.size(1) > 20480

        def turns(x: Tensor, weight: Tensor):
            if x.is_cuda:
                return False
            if x.element_size() == 2:
                return FAST_BF16 and 8 < x.size(0) <= 64
            return LEAST <= x.size(0) <= MOST or blocked(x.size(0), weight)

        def convolved(x: Tensor, weight: Tensor):
            outputs, rows = weight.size(0), x.size(0)
            bucket = (rows + 15) // 16 * 16
            padded = torch.constant_pad_nd(x.t(), [0, bucket - rows], 0).unsqueeze(0)
            count = (weight.numel() + 6291455) // 6291456
            each = (outputs + count * 16 - 1) // (count * 16) * 16
            outs: List[Tensor] = []
            for first in range(0, outputs, each):
                part = weight.narrow(0, first, min(each, outputs - first)).unsqueeze(2)
                outs.append(torch.conv1d(padded, part).squeeze(0))
            out = outs[0] if len(outs) == 1 else torch.cat(outs)
            return out.narrow(1, 0, rows)

        def shared_out(x: Tensor, weight: Tensor):
            outputs, inputs, rows = weight.size(0), weight.size(1), x.size(0)
            parts = THREADS
            while outputs % parts != 0:
                parts -= 1
            bucket = 1 if rows == 1 else (4 if rows <= 4 else (16 if rows <= 16 else (rows + 7) // 8 * 8))
            padded = torch.constant_pad_nd(x, [0, 0, 0, bucket - rows], 0)
            each = padded.t().unsqueeze(0).expand(parts, inputs, bucket)
            out = torch.bmm(weight.view(parts, outputs // parts, inputs), each)
            return out.view(outputs, bucket).narrow(1, 0, rows)

        def columns(x: Tensor, weight: Tensor):
            if x.element_size() == 2:
                return torch.mm(weight, x.t())
            return convolved(x, weight) if blocked(x.size(0), weight) else shared_out(x, weight)

        def product(x: Tensor, weight: Tensor, scale: Tensor, scratch: Tensor):
            if scale.numel() == 0:
                return columns(x, weight).t() if turns(x, weight) else torch.linear(x, weight)
            outputs, inputs = weight.size(0), weight.size(1)
            out = torch.empty([x.size(0), outputs], dtype=x.dtype, device=x.device)
            most = max(1, scratch.numel() // inputs)
            for first in range(0, outputs, most):
                count = min(most, outputs - first)
                wide = scratch.narrow(0, 0, count * inputs).view(count, inputs)
                wide.copy_(weight.narrow(0, first, count))
                torch.mm(x, wide.t(), out=out.narrow(1, first, count))
            return out.mul_(scale)

        def rowwise(x: Tensor, weight: Tensor, scale: Tensor, scratch: Tensor):
            return product(x, weight, scale, scratch).contiguous()

        def normed(x: Tensor, weight: Tensor, epsilon: float):
            return torch.rms_norm(x, [x.size(1)], weight, epsilon)

        def added(x: Tensor, y: Tensor, weight: Tensor, scale: Tensor, scratch: Tensor):
            if scale.numel() == 0 and not turns(y, weight):
                return torch.addmm(x, y, weight.t())
            return x + product(y, weight, scale, scratch)

        def turned(x: Tensor, cos: Tensor, sin: Tensor):
            half = x.size(2) // 2
            swapped = torch.cat([x.narrow(2, half, half), x.narrow(2, 0, half)], 2)
            return torch.addcmul(x * cos, swapped, sin)

        def turn(unturned: Tensor, cos: Tensor, sin: Tensor, keys: Tensor, start: int):
            keys.narrow(0, start, cos.size(0)).copy_(turned(unturned.narrow(0, start, cos.size(0)), cos, sin))
            return keys

        def attended(q: Tensor, keys: Tensor, values: Tensor, start: int, count: int, mask: Optional[Tensor], causal: bool):
            rows, heads, size = q.size(0), q.size(1), q.size(2)
            shared = keys.size(1)
            groups = heads // shared
            folded = q.view(rows, shared, groups, size).permute(1, 2, 0, 3).reshape(1, shared, groups * rows, size)
            k = keys.narrow(0, start, count).transpose(0, 1).unsqueeze(0)
            v = values.narrow(0, start, count).transpose(0, 1).unsqueeze(0)
            if mask is None and not causal and BLOCKED and q.element_size() == 2 and not q.is_cuda:
                scores = torch.bmm(folded.squeeze(0) * size ** -0.5, k.squeeze(0).transpose(1, 2))
                out = torch.bmm(torch.softmax(scores, 2), v.squeeze(0))
            else:
                out = torch.scaled_dot_product_attention(folded, k, v, attn_mask=mask, is_causal=causal)
            return out.view(shared, groups, rows, size).permute(2, 0, 1, 3).reshape(rows, heads * size)

        def projected(x: Tensor, weights: List[Tensor], scratch: Tensor, epsilon: float, heads: int, shared: int):
            h = torch.rms_norm(x, [x.size(1)], weights[0], epsilon)
            qkv = rowwise(h, weights[1], weights[8], scratch)
            if weights[2].numel() > 0:
                qkv = qkv + weights[2]
            qkv = qkv.view(x.size(0), heads + 2 * shared, -1)
            qk = qkv.narrow(1, 0, heads + shared)
            if weights[3].numel() > 0:
                qk = torch.rms_norm(qk, [qk.size(2)], None, epsilon) * weights[3]
            return qk, qkv.narrow(1, heads + shared, shared)

        def finished(x: Tensor, mixed: Tensor, weights: List[Tensor], scratch: Tensor, epsilon: float):
            x = added(x, mixed, weights[4], weights[9], scratch)
            h = torch.rms_norm(x, [x.size(1)], weights[5], epsilon)
            gate_up = product(h, weights[6], weights[10], scratch)
            inner = gate_up.size(1) // 2
            h = torch.silu(gate_up.narrow(1, 0, inner)).mul_(gate_up.narrow(1, inner, inner))
            return added(x, h, weights[7], weights[11], scratch)

        def layer(x: Tensor, weights: List[Tensor], scratch: Tensor, epsilon: float, cos: Tensor, sin: Tensor, heads: int,
                  keys: Tensor, values: Tensor, unturned: Optional[Tensor], slots: Tensor,
                  prefix_rows: int, prefix_start: int, prefix_count: int, prefix_mask: Optional[Tensor],
                  suffix_rows: int, suffix_start: int, suffix_count: int, suffix_mask: Optional[Tensor],
                  seen_start: int, seen_count: int):
            rows, shared = x.size(0), keys.size(1)
            qk, v = projected(x, weights, scratch, epsilon, heads, shared)
            if unturned is not None:
                unturned.index_copy_(0, slots, qk.narrow(1, heads, shared))
            qk = turned(qk, cos, sin)
            keys.index_copy_(0, slots, qk.narrow(1, heads, shared))
            values.index_copy_(0, slots, v)
            q = qk.narrow(1, 0, heads)
            parts: List[Tensor] = []
            if prefix_rows > 0:
                parts.append(attended(q.narrow(0, 0, prefix_rows), keys, values, prefix_start, prefix_count,
                                      prefix_mask, prefix_mask is None))
            if suffix_rows > 0:
                parts.append(attended(q.narrow(0, prefix_rows, suffix_rows), keys, values, suffix_start, suffix_count,
                                      suffix_mask, suffix_mask is None))
            others = rows - prefix_rows - suffix_rows
            if others > 0:
                parts.append(attended(q.narrow(0, rows - others, others), keys, values, seen_start, seen_count, None, False))
            if len(parts) == 1:
                mixed = parts[0]
            else:
                mixed = torch.cat(parts)
            return finished(x, mixed, weights, scratch, epsilon)

        def packed(x: Tensor, weights: List[Tensor], scratch: Tensor, epsilon: float, cos: Tensor, sin: Tensor, heads: int,
                   keys: Tensor, values: Tensor, prefix_start: int, prefix_count: int, suffix_start: int, suffix_count: int,
                   counts: Tensor, move_cos: Tensor, move_sin: Tensor):
            shared = keys.size(1)
            qk, v = projected(x, weights, scratch, epsilon, heads, shared)
            qk = turned(qk, cos, sin)
            before, behind = keys.narrow(0, prefix_start, prefix_count), keys.narrow(0, suffix_start, suffix_count)
            v_before, v_behind = values.narrow(0, prefix_start, prefix_count), values.narrow(0, suffix_start, suffix_count)
            parts: List[Tensor] = []
            first = 0
            for at in range(counts.size(0)):
                count = int(counts[at])
                own = qk.narrow(0, first, count)
                moved = turned(behind, move_cos.narrow(0, at, 1), move_sin.narrow(0, at, 1))
                k = torch.cat([before, own.narrow(1, heads, shared), moved])
                seen = torch.cat([v_before, v.narrow(0, first, count), v_behind])
                parts.append(attended(own.narrow(1, 0, heads), k, seen, 0, k.size(0), None, False))
                first += count
            return finished(x, torch.cat(parts), weights, scratch, epsilon)

        """;

    private static readonly Lazy<jit.CompilationUnit> s_compiled = new(() => Compile(
        new ProductWays(X86Base.IsSupported, Processor.IsSlowUnderMkl, Processor.HasFastBf16)));

    /// <summary>The script for a processor.</summary>
    public static jit.CompilationUnit Compile(ProductWays ways) => jit.compile(
        Source
            .Replace("THREADS", get_num_threads().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("BLOCKED", Name(ways.IsSlowUnderMkl), StringComparison.Ordinal)
            .Replace("FAST_BF16", Name(ways.HasFastBf16), StringComparison.Ordinal)
            .Replace("LEAST", ways.HasMkl ? "1" : "2", StringComparison.Ordinal)
            .Replace("MOST", ways.IsSlowUnderMkl ? "256" : "128", StringComparison.Ordinal));

    private static string Name(bool value) => value ? "True" : "False";

    /// <summary>Runs a layer over rows.</summary>
    /// <param name="x">The residual stream, shape [R, C].</param>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="constants">What is the same for all layers of the pass.</param>
    /// <param name="layer">The layer's number.</param>
    /// <returns>The residual stream behind the layer, shape [R, C].</returns>
    public static Tensor Run(Tensor x, Tensor[] weights, PassConstants constants, int layer)
    {
        var pass = constants.Pass;
        var cache = constants.Cache;
        return (Tensor)s_compiled.Value.invoke(
            "layer", x, weights, constants.Scratch, constants.Epsilon, constants.Cos, constants.Sin, constants.Heads,
            cache.Keys[layer], cache.Values[layer], cache.Unturned.Length == 0 ? null! : cache.Unturned[layer], constants.Slots,
            pass.PrefixRows, pass.Prefix.Start, pass.Prefix.Count, constants.PrefixMask!,
            pass.SuffixRows, pass.Suffix.Start, pass.Suffix.Count, constants.SuffixMask!,
            pass.Seen.Start, pass.Seen.Count);
    }

    /// <summary>Runs a layer over the rows of spans that stand side by side, writing nothing into the cache.</summary>
    /// <param name="x">The residual stream, shape [R, C].</param>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="constants">What is the same for all layers of the pass.</param>
    /// <param name="layer">The layer's number.</param>
    /// <returns>The residual stream behind the layer, shape [R, C].</returns>
    public static Tensor RunPacked(Tensor x, Tensor[] weights, PackedConstants constants, int layer)
    {
        var (pack, cache) = (constants.Pack, constants.Cache);
        return (Tensor)s_compiled.Value.invoke(
            "packed", x, weights, constants.Scratch, constants.Epsilon, constants.Cos, constants.Sin, constants.Heads,
            cache.Keys[layer], cache.Values[layer], pack.Prefix.Start, pack.Prefix.Count, pack.Suffix.Start, pack.Suffix.Count,
            constants.Counts, constants.MoveCos, constants.MoveSin);
    }

    /// <summary>Rows times a matrix, [R, in] to [R, out].</summary>
    public static Tensor Product(Tensor x, WeightMatrix matrix, Tensor scratch) => Product(s_compiled.Value, x, matrix, scratch);

    /// <summary>The same by a script of another processor.</summary>
    public static Tensor Product(jit.CompilationUnit script, Tensor x, WeightMatrix matrix, Tensor scratch) =>
        (Tensor)script.invoke("rowwise", x, matrix.Values, matrix.Scales, scratch);

    /// <summary>The norm of rows, shape kept.</summary>
    public static Tensor Normed(Tensor x, Tensor weight, double epsilon)
    {
        using Scalar small = epsilon;
        return (Tensor)s_compiled.Value.invoke("normed", x, weight, small);
    }

    /// <summary>Turns the kept keys of a run of slots to the positions whose angles are given.</summary>
    public static void Turn(KeyValueCache cache, int layer, SlotRange slots, Tensor cos, Tensor sin) =>
        ((Tensor)s_compiled.Value.invoke("turn", cache.Unturned[layer], cos, sin, cache.Keys[layer], slots.Start)).Dispose();
}

/// <summary>What is the same for all layers of a pass.</summary>
/// <param name="Pass">The rows.</param>
/// <param name="Cache">What they see.</param>
/// <param name="Scratch">Room to widen matrices in, flat; empty where there is nothing to widen.</param>
/// <param name="Epsilon">Of the norms; held until libtorch has read it.</param>
/// <param name="Heads">H.</param>
/// <param name="Cos">[R, 1, D].</param>
/// <param name="Sin">[R, 1, D], the first half negated.</param>
/// <param name="Slots">int64 [R].</param>
/// <param name="PrefixMask">Additive, [G·rows, slots]; null: causal.</param>
/// <param name="SuffixMask">Additive, [G·rows, slots]; null: causal.</param>
internal sealed record PassConstants(
    RowPass Pass, KeyValueCache Cache, Tensor Scratch, Scalar Epsilon, int Heads, Tensor Cos, Tensor Sin, Tensor Slots,
    Tensor? PrefixMask, Tensor? SuffixMask);

/// <summary>What is the same for all layers of a pass over spans side by side.</summary>
/// <param name="Pack">The rows.</param>
/// <param name="Cache">What they see beside themselves.</param>
/// <param name="Scratch">Room to widen matrices in, flat; empty where there is nothing to widen.</param>
/// <param name="Epsilon">Of the norms; held until libtorch has read it.</param>
/// <param name="Heads">H.</param>
/// <param name="Cos">[R, 1, D].</param>
/// <param name="Sin">[R, 1, D], the first half negated.</param>
/// <param name="Counts">int64 [N], on the CPU: the script reads them to cut the rows.</param>
/// <param name="MoveCos">Of what each suffix is turned by, [N, 1, D].</param>
/// <param name="MoveSin">[N, 1, D], the first half negated.</param>
internal sealed record PackedConstants(
    SpanPack Pack, KeyValueCache Cache, Tensor Scratch, Scalar Epsilon, int Heads, Tensor Cos, Tensor Sin, Tensor Counts,
    Tensor MoveCos, Tensor MoveSin);

/// <summary>What a processor is fast at, as far as it decides how products are computed.</summary>
/// <param name="HasMkl">Whether libtorch multiplies fp32 by MKL there.</param>
/// <param name="IsSlowUnderMkl">Whether oneDNN is faster than that.</param>
/// <param name="HasFastBf16">Whether oneDNN multiplies bf16 as such.</param>
internal sealed record ProductWays(bool HasMkl, bool IsSlowUnderMkl, bool HasFastBf16);
