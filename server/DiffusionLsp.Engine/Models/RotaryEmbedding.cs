using TorchSharp;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// Rotary position embedding (Su et al., arXiv 2104.09864) in the half-split layout of the Hugging Face Qwen2 code:
/// feature i turns together with feature i + D/2. Deliberately no module: its tables are no weights.
/// </summary>
internal sealed class RotaryEmbedding(int headSize, double theta)
{
    /// <summary>Cosine and sine for the given positions.</summary>
    /// <param name="positions">int64, shape [.., T].</param>
    /// <param name="dtype">The type of the activations.</param>
    /// <returns>Two tensors of shape [.., T, D/2].</returns>
    public (torch.Tensor Cos, torch.Tensor Sin) Tables(torch.Tensor positions, torch.ScalarType dtype)
    {
        using var scope = torch.NewDisposeScope();
        using Scalar first = 0;
        using Scalar end = headSize;
        using Scalar step = 2;
        var exponents = torch.arange(first, end, step, torch.float64, positions.device) / end;       // [D/2]
        var frequencies = torch.pow(torch.tensor(theta, torch.float64, positions.device), -exponents);
        var angles = positions.to_type(torch.float64).unsqueeze(-1) * frequencies;                  // [.., T, D/2]
        return (
            angles.cos().to_type(dtype).MoveToOuterDisposeScope(),
            angles.sin().to_type(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns <paramref name="x"/> (shape [B, H, T, D]) by the angles of its positions.</summary>
    public static torch.Tensor Rotate(torch.Tensor x, torch.Tensor cos, torch.Tensor sin)
    {
        using var scope = torch.NewDisposeScope();
        var halves = x.chunk(2, -1);                                                                 // 2 × [B, H, T, D/2]
        var first = (halves[0] * cos) - (halves[1] * sin);
        var second = (halves[1] * cos) + (halves[0] * sin);
        return torch.cat([first, second], -1).MoveToOuterDisposeScope();                             // [B, H, T, D]
    }
}
