using DiffusionLsp.Engine.Models;
using DiffusionLsp.Training.Corpus;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Begins an embedding and a head of its own with what counting says of every token: which tokens stand before and after
/// it. Counting reads the whole corpus in seconds, while a run on a processor sees rare tokens a handful of times.
/// </summary>
/// <remarks>
/// The embedding holds the leading left singular vectors of the smoothed, positive pointwise mutual information with
/// both neighbours (Levy and Goldberg, NeurIPS 2014, factor the same matrix), found by subspace iteration (Halko et al.,
/// arXiv 0909.4061), and a constant channel. The head is the least-squares solution for the logarithm of the next
/// token's frequency. Ours differs in that a row of its own predicts through the network's last norm.
/// </remarks>
internal static class SpectralInitialization
{
    private const float Smoothing = 40;
    private const int Iterations = 5;
    private const int Oversampling = 24;
    private const double Ridge = 1e-4;
    private const float FewestOccurrences = 8;
    private const double MaskScale = 0.1;

    /// <summary>Fills the embedding and the head in place.</summary>
    /// <param name="network">Its head is not tied to its embedding.</param>
    /// <param name="shards">The documents to count in.</param>
    /// <param name="longestCount">At most this many tokens are counted, evenly over the documents.</param>
    /// <param name="mask">
    /// The mask token. It begins small: where a network adds the token before each position, the first mask of a span then
    /// begins with that token's own prediction.
    /// </param>
    public static void Apply(Qwen2Network network, TokenShards shards, long longestCount, int mask)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var embedding = network.EmbeddingWeight;
        int vocabulary = (int)embedding.shape[0];
        var counts = Count(shards, vocabulary, longestCount);                                        // [V, V]
        var occurrences = counts.sum([1L]);                                                         // [V]
        var frequency = (counts.sum([0L]) + 0.5f) / (counts.sum() + (0.5f * vocabulary));               // [V]
        var information = (counts / (frequency * Smoothing)).log1p_();                               // [V, V], by next token
        var known = occurrences.ge(FewestOccurrences).to_type(float32).unsqueeze(1);                 // [V, 1]
        var vectors = known * LeadingVectors(information, frequency, (int)embedding.shape[1] - 1);   // [V, C - 1]
        var unknown = randn_like(vectors) * (1 - known);                                             // [V, C - 1]
        var table = cat([vectors + unknown, ones(vocabulary, 1)], 1);                                // [V, C]
        table[mask].mul_(MaskScale);
        embedding.copy_(table);

        // A row predicts through the last norm, which here does nothing but scale.
        var scaled = table / table.square().mean([1], keepdim: true).sqrt();                         // [V, C]
        var weighted = scaled * (frequency.unsqueeze(1) * known);                                    // [V, C]
        var gram = weighted.t().matmul(scaled) + (eye(table.shape[1]) * Ridge);                      // [C, C]
        var moments = weighted.t().matmul(information.add_(frequency.log()));                        // [C, V]
        network.HeadWeight.copy_(linalg.solve(gram, moments).t());
    }

    private static Tensor Count(TokenShards shards, int vocabulary, long longestCount)
    {
        long step = Math.Max(1, (long)Math.Ceiling((double)shards.TokenCount / longestCount));
        float[] counts = new float[(long)vocabulary * vocabulary];
        for (long index = 0; index < shards.DocumentCount; index += step)
        {
            var document = shards.Document((int)index);
            for (int i = 1; i < document.Length; i++)
            {
                counts[((long)document[i - 1] * vocabulary) + document[i]]++;
            }
        }

        return tensor(counts, [vocabulary, vocabulary]);
    }

    /// <summary>
    /// Left singular vectors of [information | informationᵀ], rows and columns weighted by the fourth root of their
    /// frequency, each row scaled to a mean square of 1. Shape [V, rank].
    /// </summary>
    private static Tensor LeadingVectors(Tensor information, Tensor frequency, int rank)
    {
        using var scope = NewDisposeScope();
        var weight = frequency.pow(0.25).unsqueeze(1);                                               // [V, 1]
        var basis = randn(information.shape[0], rank + Oversampling);                                // [V, r]
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            basis = linalg.qr(Product(basis)).Q;
        }

        // In the basis the product is a small symmetric matrix, whose eigenvalues are the squared singular values.
        var (values, rotation) = linalg.eigh(basis.t().matmul(Product(basis)));                      // ascending
        var leading = basis.matmul(rotation.narrow(1, Oversampling, rank));                          // [V, rank]
        var singular = values.narrow(0, Oversampling, rank).clamp_min(0).pow(0.25);                  // square roots of the singular values
        var rows = leading / weight * singular;                                                      // [V, rank]
        return (rows / rows.square().mean([1], keepdim: true).add(1e-12).sqrt()).MoveToOuterDisposeScope();

        Tensor Product(Tensor x)
        {
            var y = weight * x;
            var forth = information.matmul(weight.square() * information.t().matmul(y));
            var back = information.t().matmul(weight.square() * information.matmul(y));
            return weight * (forth + back);
        }
    }
}
